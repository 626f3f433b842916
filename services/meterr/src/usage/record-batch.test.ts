import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

const event = { provider: 'openai', model: 'gpt-4o-mini', input_tokens: 1000, output_tokens: 500 };

describe('T3: batches', () => {
  test('T3: each event is judged by itself and named by its index', async () => {
    const ann = keyOf('ann');
    await meterr.call('recordUsage', ann, { body: { ...event, event_id: 'old' } });
    const events = [
      { ...event, event_id: 'new' },
      { ...event, event_id: 'old' },
      { ...event, event_id: 'old', input_tokens: 7 },
      { ...event, event_id: 'new' },
      { ...event, event_id: 'new', input_tokens: 8 },
      { ...event, model: 5 },
      { provider: 'openai', model: 'gpt-4o', usage: { prompt_tokens: 1, completion_tokens: 'x' } },
      'no event',
      { model: 'of-our-own', output_tokens: 3 },
    ];
    const got = await meterr.call('recordUsageBatch', ann, { body: { events } });
    expect(got.status).toBe(207);
    expect(got.body).toMatchObject({ recorded: 2, duplicates: 2, conflicts: 2, invalid: 3 });
    expect(got.list().map(({ index, status }) => [index, status])).toEqual([
      [0, 'recorded'],
      [1, 'duplicate'],
      [2, 'conflict'],
      [3, 'duplicate'],
      [4, 'conflict'],
      [5, 'invalid'],
      [6, 'invalid'],
      [7, 'invalid'],
      [8, 'recorded'],
    ]);
    const data = got.list();
    expect(data[0]).toMatchObject({ cost: '0.000450', priced: 'exact', event_id: 'new' });
    expect(data[3]).toMatchObject({ id: data[0]?.id });
    expect(data[5]).toMatchObject({ errors: [{ pointer: '/events/5/model' }], code: 'invalid_request' });
    expect(data[6]).toMatchObject({ errors: [{ pointer: '/events/6/usage/completion_tokens' }] });
    expect(data[7]).toMatchObject({ errors: [{ pointer: '/events/7' }] });
    expect(data[8]).toMatchObject({ cost: null, priced: 'unpriced' });
    expect(got.audited).toEqual([data[0]?.id, data[8]?.id]);
    expect((await meterr.call('usageSummary', ann, {})).body).toMatchObject({
      total_events: 3,
      unpriced_events: 1,
      total_tokens: 3003,
    });
  });

  test('T3: all new is 201, all known is 200, and a thousand fit', async () => {
    const bob = keyOf('bob');
    const events = Array.from({ length: 1000 }, (_, n) => ({ ...event, event_id: `${n}` }));
    expect((await meterr.call('recordUsageBatch', bob, { body: { events } })).status).toBe(201);
    const again = await meterr.call('recordUsageBatch', bob, { body: { events } });
    expect(again).toMatchObject({ status: 200, body: { recorded: 0, duplicates: 1000 } });
    expect((await meterr.call('usageSummary', bob, {})).body).toMatchObject({
      total_events: 1000,
      total_cost: '0.450000',
    });
  });

  test.each([0, 1001])('V1: a batch of %i is refused', async (length) => {
    const events = Array.from({ length }, () => event);
    expect((await meterr.call('recordUsageBatch', keyOf('x'), { body: { events } })).status).toBe(422);
  });

  test('T3: overlapping batches in any order neither count twice nor wait in a circle', async () => {
    const carl = keyOf('carl');
    const models = ['gpt-4o', 'gpt-4o-mini', 'o3', 'gpt-4.1'];
    const events = Array.from({ length: 60 }, (_, n) => ({
      ...event,
      model: models[n % models.length],
      event_id: `e${(n * 37) % 60}`,
      timestamp: new Date(Date.UTC(2026, 9, 1 + (n % 5), n % 24)).toISOString(),
    }));
    const batches = Array.from({ length: 12 }, (_, n) => {
      const rotated = [...events.slice(n * 5), ...events.slice(0, n * 5)];
      return n % 2 === 0 ? rotated : rotated.reverse();
    });
    const got = await Promise.all(
      batches.map((batch) => meterr.call('recordUsageBatch', carl, { body: { events: batch } })),
    );
    const recorded = got.reduce((sum, { body }) => sum + (body.recorded as number), 0);
    expect(recorded).toBe(60);
    const query = { start_date: '2026-10-01', end_date: '2026-10-31' };
    expect((await meterr.call('usageSummary', carl, { query })).body).toMatchObject({
      total_events: 60,
      total_tokens: 60 * 1500,
    });
  });
});
