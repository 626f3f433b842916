import { isProblem, type KeyCaller } from '@keyward/guard';
import { openDatabase } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkInvariants } from '../invariants/check-invariants.ts';
import { formatMoney, money } from '../money.ts';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import { prepareEvent } from '../usage/prepare-event.ts';
import { recordEvents } from '../usage/record-events.ts';
import { expireSome } from './expire-holds.ts';
import { type Hold, holdForCall, releaseHold } from './hold.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

let people = 0;
function somebody(): KeyCaller {
  people += 1;
  return keyOf(`person-${people}`);
}

/** gpt-4: 30 and 60 dollars per million; 1000 tokens in and 500 out cost 0.06. */
const call = {
  provider: 'openai',
  model: 'gpt-4',
  inputTokensMax: 1000,
  outputTokensMax: 500,
  classes: ['input_tokens', 'output_tokens'],
} as const;
const costOfCall = '0.06';

async function hold(caller: KeyCaller, more: object = {}, database = meterr.database) {
  const catalogue = await meterr.catalogue.current();
  return holdForCall({ database, catalogue }, caller, { ...call, ...more }, meterr.clock.now());
}

async function settle(caller: KeyCaller, { id, heldAtMs }: Hold, tokens: object, model = 'gpt-4') {
  const body = { provider: 'openai', model, timestamp: new Date(heldAtMs).toISOString(), ...tokens };
  const prepared = prepareEvent(body, await meterr.catalogue.current(), meterr.clock.now());
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors));
  const { event } = prepared;
  return recordEvents(meterr.database, caller, [event], meterr.clock.now(), new Map([[event.eventId, id]]));
}

async function budget(caller: KeyCaller, more: object = {}): Promise<string> {
  const body = { name: 'b', subject: { kind: 'user' }, limit: '0.30', hard: true, ...more };
  const made = await meterr.call('createBudget', caller, { body });
  expect(made.status, JSON.stringify(made.errors)).toBe(201);
  return made.text('id');
}

async function current(caller: KeyCaller, id: string): Promise<Record<string, string>> {
  const got = await meterr.call('getBudget', caller, { params: { id }, query: { decimals: 'all' } });
  return got.body.current as Record<string, string>;
}

function held(outcome: Awaited<ReturnType<typeof hold>>): Hold {
  if (outcome === undefined || isProblem(outcome)) throw new Error(`no hold: ${JSON.stringify(outcome)}`);
  return outcome;
}

describe('T5: hard budgets', () => {
  test('T5: of 200 calls at once over two nodes exactly as many pass as fit', async () => {
    const caller = somebody();
    const id = await budget(caller, { limit: '0.42' });
    await using _other = { [Symbol.asyncDispose]: () => other.close() };
    const other = openDatabase({ url: meterr.database.url });
    other.pool.options.connectionTimeoutMillis = 200_000;
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        hold(caller, {}, n % 2 === 0 ? meterr.database : { ...meterr.database, ...other }),
      ),
    );
    const passed = outcomes.filter((one) => one !== undefined && !isProblem(one));
    expect(passed).toHaveLength(7);
    for (const one of outcomes) if (isProblem(one)) expect(one.code).toBe('budget_spent');
    expect(await current(caller, id)).toMatchObject({ held: '0.42', remaining: '0', spent: '0' });
    await Promise.all(
      passed.map((one) => settle(caller, held(one), { input_tokens: 1000, output_tokens: 500 })),
    );
    expect(await current(caller, id)).toMatchObject({
      held: '0',
      spent: '0.42',
      overdraw: '0',
      percent: '100',
    });
    expect(await hold(caller)).toMatchObject({ code: 'budget_spent' });
  });

  test('T5: what a call did not use is free again, and an error gives all of it back', async () => {
    const caller = somebody();
    const id = await budget(caller, { limit: '0.06' });
    const first = held(await hold(caller));
    expect(await hold(caller)).toMatchObject({ code: 'budget_spent' });
    await releaseHold(meterr.database, first.id, meterr.clock.now());
    await releaseHold(meterr.database, first.id, meterr.clock.now());
    expect(await current(caller, id)).toMatchObject({ held: '0', spent: '0' });
    await settle(caller, held(await hold(caller)), { input_tokens: 100 });
    expect(await current(caller, id)).toMatchObject({ held: '0', spent: '0.003', remaining: '0.057' });
  });

  test('T5: all budgets of a call have room, or none is touched', async () => {
    const caller = somebody();
    const wide = await budget(caller, { limit: '10' });
    await budget(caller, { limit: '0.05', subject: { kind: 'tag', name: 'project', value: 'x' } });
    const tags = { project: 'x' };
    expect(await hold(caller, { tags })).toMatchObject({
      code: 'budget_spent',
      detail: expect.stringContaining('tag'),
    });
    expect(await current(caller, wide)).toMatchObject({ held: '0' });
    expect(held(await hold(caller, { tags: { project: 'y' } })).amount.toFixed()).toBe(costOfCall);
  });

  test('T5: what costs more than its hold is booked and shown as overdraw', async () => {
    const caller = somebody();
    const id = await budget(caller, { limit: '0.06' });
    await settle(caller, held(await hold(caller)), { input_tokens: 3000 });
    expect(await current(caller, id)).toMatchObject({
      spent: '0.09',
      overdraw: '0.03',
      exceeded_by: '0.03',
      held: '0',
    });
  });

  test('T5: a hold that nobody ends expires, and a call that ends later is still booked', async () => {
    const caller = somebody();
    const id = await budget(caller, { limit: '0.06' });
    const late = held(await hold(caller, { holdMs: 1000 }));
    expect(await expireSome(meterr.database, late.expiresAtMs - 1)).toBe(0);
    meterr.clock.advance(1000);
    expect(await expireSome(meterr.database, meterr.clock.now())).toBeGreaterThan(0);
    expect(await current(caller, id)).toMatchObject({ held: '0', remaining: '0.06' });
    await settle(caller, late, { input_tokens: 1000 });
    expect(await current(caller, id)).toMatchObject({ spent: '0.03', overdraw: '0.03', held: '0' });
  });

  test('T5: without a price there is no bound, and without a bound no call', async () => {
    const caller = somebody();
    expect(await hold(caller, { model: 'of-our-own' })).toBeUndefined();
    await budget(caller);
    expect(await hold(caller, { model: 'of-our-own' })).toMatchObject({ code: 'unpriced_model' });
    expect(await hold(caller, { outputTokensMax: undefined })).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/max_tokens' }],
    });
  });

  test('T5: usage that is reported is booked, whatever the budget says', async () => {
    const caller = somebody();
    const id = await budget(caller, { limit: '0.01' });
    const got = await meterr.call('recordUsage', caller, { body: { model: 'gpt-4', input_tokens: 1000 } });
    expect(got.status).toBe(201);
    expect(await current(caller, id)).toMatchObject({ spent: '0.03', exceeded_by: '0.02', remaining: '0' });
  });

  test('T5: the bound is at least what any call within it costs, in every tier', async () => {
    const catalogue = await meterr.catalogue.current();
    const models = [
      'gpt-4',
      'gpt-4o',
      'o3',
      'claude-sonnet-4-5',
      'gemini-2.5-pro',
      'gpt-5.4',
      'gemini-2.5-flash',
    ];
    const caller = somebody();
    await budget(caller, { limit: '1000000' });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...models),
        fc.array(fc.nat(150_000), { minLength: 8, maxLength: 8 }),
        async (model, counts) => {
          const [input = 0, read = 0, short = 0, long = 0, audio = 0, output = 0, reasoning = 0, spoken = 0] =
            counts;
          const body = {
            model,
            input_tokens: input,
            cache_read_tokens: read,
            cache_write_5m_tokens: short,
            cache_write_1h_tokens: long,
            input_audio_tokens: audio,
            output_tokens: output,
            reasoning_tokens: reasoning,
            output_audio_tokens: spoken,
          };
          const prepared = prepareEvent(body, catalogue, meterr.clock.now());
          if (!prepared.ok) throw new Error('no event');
          const bound = held(
            await hold(caller, {
              provider: undefined,
              model,
              inputTokensMax: input + read + short + long + audio,
              outputTokensMax: output + reasoning + spoken,
              classes: undefined,
            }),
          );
          expect(bound.amount.gte(prepared.event.cost ?? 'NaN')).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('T5: interleavings', () => {
  type Step = {
    readonly kind: 'hold' | 'settle' | 'release' | 'expire' | 'book' | 'raise';
    readonly n: number;
  };
  const step = fc.record({
    kind: fc.constantFrom('hold', 'hold', 'settle', 'release', 'expire', 'book', 'raise'),
    n: fc.nat(20),
  }) as fc.Arbitrary<Step>;

  test('T5: whatever happens in whatever order, budgets are what a simple reckoning says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const caller = somebody();
        const id = await budget(caller, { limit: '0.2' });
        const model = { limit: money('0.2'), spent: money('0'), open: [] as Hold[] };
        const heldNow = () => model.open.reduce((sum, one) => sum.plus(one.amount), money('0'));
        for (const { kind, n } of steps) {
          const [taken] = model.open.length > 0 ? model.open.splice(n % model.open.length, 1) : [];
          if (kind === 'hold') {
            if (taken) model.open.push(taken);
            const outcome = await hold(caller);
            const fits = model.spent.plus(heldNow()).plus(costOfCall).lte(model.limit);
            expect(!isProblem(outcome)).toBe(fits);
            if (!isProblem(outcome)) model.open.push(held(outcome));
          } else if (kind === 'settle' && taken) {
            await settle(caller, taken, { input_tokens: n * 50 });
            model.spent = model.spent.plus(money('0.00003').times(n * 50));
          } else if (kind === 'release' && taken) {
            await releaseHold(meterr.database, taken.id, meterr.clock.now());
          } else {
            if (taken) model.open.push(taken);
            if (kind === 'book') {
              await meterr.call('recordUsage', caller, { body: { model: 'gpt-4', input_tokens: n } });
              model.spent = model.spent.plus(money('0.00003').times(n));
            }
            if (kind === 'raise') {
              model.limit = money('0.2').plus(money('0.01').times(n));
              const body = { limit: formatMoney(model.limit, 'all') };
              await meterr.call('changeBudget', caller, { params: { id }, body });
            }
            if (kind === 'expire') await expireSome(meterr.database, meterr.clock.now());
          }
          const state = await current(caller, id);
          expect([state.spent, state.held]).toEqual([model.spent.toFixed(), heldNow().toFixed()]);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('T5: many at once on several budgets neither wait in a circle nor lose a cent', async () => {
    const callers = [somebody(), somebody()];
    for (const caller of callers) {
      await budget(caller, { limit: '100' });
      await budget(caller, { limit: '100', period: 'day' });
      await budget(caller, { limit: '100', subject: { kind: 'tag', name: 'project', value: 'x' } });
    }
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const caller = callers[n % 2] as KeyCaller;
        const one = held(await hold(caller, { tags: { project: n % 3 === 0 ? 'x' : 'y' } }));
        if (n % 5 === 0) await releaseHold(meterr.database, one.id, meterr.clock.now());
        else await settle(caller, one, { input_tokens: n, tags: { project: n % 3 === 0 ? 'x' : 'y' } });
        if (n % 7 === 0) await budget(caller, { limit: '50', name: `late ${n}` });
        if (n % 11 === 0) await expireSome(meterr.database, meterr.clock.now());
      }),
    );
    const report = await checkInvariants(meterr.database);
    expect(report.examples).toEqual([]);
    const { rows } = await meterr.database.orm.execute(sql`SELECT 1 FROM budget_periods WHERE held < 0`);
    expect(rows).toEqual([]);
  });
});
