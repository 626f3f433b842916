import { beforeAll, expect, test } from 'vitest';
import type { IssuedKey } from '../product/people-and-keys.ts';
import type { ProductUnderTest } from './product-under-test.ts';

/** Counting, recording and summing. */
export function describeMeterr(given: () => ProductUnderTest): void {
  let meterr: IssuedKey;
  let send: ProductUnderTest['send'];
  beforeAll(() => {
    ({ meterr, send } = given());
  });

  test('T1, T2: a text is counted exactly and priced to the last decimal, and is not kept', async () => {
    const text = 'The quick brown fox jumps over the lazy dog.';
    const count = () => send(meterr, 'POST', '/v1/tokens', { text, model: 'gpt-4' });
    // Until the counter has read its vocabulary, which a busy machine may take longer for than an answer waits.
    await expect.poll(async () => (await count()).status, { timeout: 150_000 }).toBe(201);
    const counted = await count();
    expect(counted.status).toBe(201);
    const body = (await counted.json()) as Record<string, unknown>;
    expect(body).toMatchObject({ model: 'gpt-4', encoding: 'cl100k_base', count: 10, cost: '0.000300' });
    expect(await (await send(meterr, 'GET', `/v1/tokens/${body.id}`)).json()).toMatchObject({
      id: body.id,
      count: 10,
    });
    const long = await send(meterr, 'POST', '/v1/tokens', { text: 'a'.repeat(100_001), model: 'gpt-4' });
    expect(long.status).toBe(422);
    expect(JSON.stringify(await long.json())).toContain('Text too long');
    const worst = await send(meterr, 'POST', '/v1/tokens', { text: 'a'.repeat(100_000), model: 'gpt-4' });
    expect(await worst.json()).toMatchObject({ count: 12_500 });
  });

  test('T3: a batch of usage is counted once however often it is sent, and summed by day and model', async () => {
    const event = (event_id: string, model: string, day: number) => ({
      event_id,
      provider: 'openai',
      model,
      timestamp: new Date(Date.UTC(2026, 2, day, 12)).toISOString(),
      input_tokens: 1_000,
      output_tokens: 500,
    });
    const events = [event('a', 'gpt-4', 1), event('b', 'gpt-4', 1), event('c', 'gpt-4o', 2)];
    for (let round = 0; round < 3; round += 1)
      expect((await send(meterr, 'POST', '/v1/usage/batch', { events })).ok).toBe(true);
    const single = await send(meterr, 'POST', '/v1/usage', event('d', 'gpt-4o', 2));
    expect(await single.json()).toMatchObject({ event_id: 'd', priced: 'exact', cost: '0.007500' });
    const conflict = await send(meterr, 'POST', '/v1/usage', {
      ...event('d', 'gpt-4o', 2),
      input_tokens: 2,
    });
    expect([conflict.status, ((await conflict.json()) as { code: string }).code]).toEqual([
      409,
      'event_conflict',
    ]);
    const summary = await send(meterr, 'GET', '/v1/usage/summary?start_date=2026-03-01&end_date=2026-03-31');
    expect(await summary.json()).toMatchObject({
      total_tokens: 6_000,
      total_cost: '0.135000',
      data: [
        {
          date: '2026-03-01',
          tokens: 3_000,
          cost: '0.120000',
          by_model: { 'gpt-4': { tokens: 3_000, cost: '0.120000' } },
        },
        {
          date: '2026-03-02',
          tokens: 3_000,
          cost: '0.015000',
          by_model: { 'gpt-4o': { tokens: 3_000, cost: '0.015000' } },
        },
      ],
    });
  });
}
