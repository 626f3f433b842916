import { silentLog } from '@keyward/guard/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkInvariants } from '../invariants/check-invariants.ts';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import { repriceJob } from './reprice-job.ts';
import { unpricedAlerts } from './unpriced-alerts.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

const operator = keyOf('operator', { role: 'admin' });
const set = (body: object) => meterr.call('setPrice', operator, { body: { provider: 'us', ...body } });
const record = (body: object, caller = keyOf('ann')) =>
  meterr.call('recordUsage', caller, { body: { input_tokens: 1000, output_tokens: 100, ...body } });
const context = () => ({
  clock: meterr.clock,
  log: silentLog,
  signal: new AbortController().signal,
});

describe('T4: prices that operators set', () => {
  test('T4: an unknown model is unpriced, told of once, and priced when its price is known, with all sums', async () => {
    const ann = keyOf('ann');
    const limit = { name: 'b', subject: { kind: 'user' }, limit: '1' };
    const budget = (await meterr.call('createBudget', ann, { body: limit })).text('id');
    const sent = [
      await record({ provider: 'us', model: 'own-1', tags: { project: 'x' }, reported_cost: '99' }),
      await record({ model: 'own-1', timestamp: '2026-10-31T23:59:59.999Z' }),
      await record({ provider: 'us', model: 'own-2' }),
      await record({ model: 'gpt-4' }),
    ];
    expect(sent.map(({ body }) => body.priced)).toEqual(['unpriced', 'unpriced', 'unpriced', 'exact']);
    expect(sent[0]?.body).toMatchObject({ cost: null, price_id: null, reported_cost: '99.000000' });
    const sum = async () => (await meterr.call('usageSummary', ann, {})).body;
    expect(await sum()).toMatchObject({ unpriced_events: 3, total_events: 4, total_cost: '0.036000' });

    for (let run = 0; run < 2; run += 1)
      await unpricedAlerts(meterr.database, 'ops@example.com').run(undefined, context());
    const { rows } = await meterr.database.orm.execute<{ text: string }>(
      sql`SELECT content->>'text' AS text FROM notifications WHERE recipient = 'ops@example.com'`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.text).toMatch(/us: own-1[\s\S]*us: own-2/);

    const made = await set({
      model: 'own-1',
      per: '1000000',
      rates: { input_tokens: '2', output_tokens: '10' },
    });
    expect(made.status, JSON.stringify(made.errors)).toBe(201);
    expect(made.body).toMatchObject({
      rates: { input_tokens: '0.000002', output_tokens: '0.00001' },
      valid_from: null,
      source: 'operator',
      repricing: { dry_run: true, events: 2, cost: '0.006000', still_unpriced: 1 },
    });
    expect(await sum()).toMatchObject({ unpriced_events: 3 });
    await repriceJob(meterr.database).run(undefined, context());
    await repriceJob(meterr.database).run(undefined, context());
    expect(await sum()).toMatchObject({ unpriced_events: 1, total_cost: '0.042000' });
    const read = await meterr.call('getUsage', ann, { params: { id: sent[0]?.text('id') } });
    expect(read.body).toMatchObject({ cost: '0.003000', priced: 'exact', price_id: made.body.id });
    const state = await meterr.call('getBudget', ann, { params: { id: budget } });
    expect(state.body.current).toMatchObject({ spent: '0.039000' });
    const audit = await meterr.database.orm.execute(
      sql`SELECT 1 FROM audit_logs WHERE action = 'usage.reprice'`,
    );
    expect(audit.rows).toHaveLength(1);
    expect((await checkInvariants(meterr.database)).examples).toEqual([]);
  });

  test('T4: a price of an operator’s goes before the library’s from then on, and rewrites nothing', async () => {
    const before = await record({ model: 'gpt-4o-mini' });
    meterr.clock.advance(1000);
    await set({
      provider: 'openai',
      model: 'gpt-4o-mini',
      rates: { input_tokens: '0.5', output_tokens: '0' },
    });
    meterr.clock.advance(6000);
    expect((await record({ model: 'gpt-4o-mini' })).body).toMatchObject({
      cost: '500.000000',
      priced: 'exact',
    });
    const late = await record({ model: 'gpt-4o-mini', timestamp: '2026-10-01T00:00:00Z' });
    expect(late.body.cost).toBe(before.body.cost);
    const again = await meterr.call('getUsage', keyOf('ann'), { params: { id: before.text('id') } });
    expect(again.body).toMatchObject({ cost: before.body.cost, price_id: before.body.price_id });
    await meterr.call('reprice', operator, { body: { dry_run: false } });
    const { rows } = await meterr.database.orm.execute(
      sql`SELECT 1 FROM usage_events WHERE id = ${again.text('id')} AND price_id = ${String(before.body.price_id)}`,
    );
    expect(rows).toHaveLength(1);
  });

  test('T4: a price cannot begin in the past of a model that had one', async () => {
    const got = await set({
      provider: 'openai',
      model: 'gpt-4o',
      rates: { input_tokens: '1' },
      valid_from: '2026-01-01T00:00:00Z',
    });
    expect(got.errors.map(({ pointer }) => pointer)).toEqual(['/valid_from']);
  });

  test('T4: tiers and aliases hold as declared, at the threshold and one above', async () => {
    await set({
      model: 'tiered',
      aliases: ['tiered-2026-01-01'],
      rates: { input_tokens: '0.000001', output_tokens: '0' },
      tiers: [{ above_input_tokens: 200_000, rates: { input_tokens: '0.000002' } }],
    });
    meterr.clock.advance(6000);
    const cost = async (input_tokens: number, model = 'tiered') =>
      (await record({ provider: 'us', model, input_tokens, output_tokens: 0 })).body.cost;
    expect(await cost(200_000)).toBe('0.200000');
    expect(await cost(200_001)).toBe('0.400002');
    expect(await cost(1000, 'tiered-2026-01-01')).toBe('0.001000');
    expect(await cost(1000, 'tiered-lite')).toBeNull();
  });

  test.each([
    [{ rates: {} }, '/rates'],
    [{ rates: { input_tokens: '-1' } }, '/rates/input_tokens'],
    [{ rates: { input_tokens: '0.0000000000000000001' } }, '/rates/input_tokens'],
    [{ rates: { input_tokens: '0.0000000000000001' }, per: '1000' }, '/rates'],
    [{ rates: { nothing: '1' } }, '/rates'],
  ])('V1: a price with %j is refused at %s', async (body, pointer) => {
    const { errors } = await set({ model: 'm', ...body });
    expect([...new Set(errors.map((error) => error.pointer))]).toEqual([pointer]);
  });

  test('T4: changing one row of the catalogue changes the answer: no price stands in the code', async () => {
    const row = sql`SELECT id FROM prices WHERE provider = 'openai' AND model = 'gpt-4' AND source <> 'operator'`;
    await meterr.database.orm.execute(
      sql`UPDATE price_rates SET rate = 7 WHERE class = 'input_tokens' AND price_id IN (${row})`,
    );
    await meterr.database.orm.execute(sql`UPDATE price_catalogue SET revision = revision + 1`);
    meterr.clock.advance(6000);
    expect((await record({ model: 'gpt-4', output_tokens: 0 })).body).toMatchObject({ cost: '7000.000000' });
  });

  test('T4: a second source is compared, and what it says otherwise is shown', async () => {
    const got = await meterr.call('crossCheckPrices', operator, {});
    expect(got.body.models).toBeGreaterThan(100);
    expect(got.body.rates).toBeGreaterThan(300);
    expect(got.list()).toContainEqual(
      expect.objectContaining({
        provider: 'openai',
        model: 'gpt-4',
        class: 'input_tokens',
        ours: '7',
        theirs: '0.00003',
      }),
    );
    expect(got.list().length).toBeLessThan(Number(got.body.rates) / 4);
  });
});
