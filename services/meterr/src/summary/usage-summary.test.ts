import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatMoney, money, sumMoney } from '../money.ts';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

interface Part {
  readonly tokens: number;
  readonly cost: string | null;
  readonly events: number;
  readonly unpriced_events: number;
}
interface Period extends Part {
  readonly date: string;
  readonly by_model: Readonly<Record<string, Part>>;
}
interface Summary {
  readonly total_tokens: number;
  readonly total_cost: string;
  readonly total_events: number;
  readonly unpriced_events: number;
  readonly data: readonly Period[];
}

async function summary(userId: string, query: Record<string, unknown>): Promise<Summary> {
  const got = await meterr.call('usageSummary', keyOf(userId), { query: { decimals: 'all', ...query } });
  expect(got.status, JSON.stringify(got.errors)).toBe(200);
  return got.body as unknown as Summary;
}

async function record(
  userId: string,
  events: readonly Record<string, unknown>[],
  keyId?: string,
): Promise<void> {
  const caller = keyOf(userId, keyId === undefined ? {} : { keyId });
  const got = await meterr.call('recordUsageBatch', caller, { body: { events } });
  expect(got.body).toMatchObject({ conflicts: 0, invalid: 0 });
}

const total = (costs: Iterable<string | null>) =>
  formatMoney(sumMoney([...costs].map((cost) => money(cost ?? '0'))), 'all');

const anyEvent = fc.record({
  model: fc.constantFrom('gpt-4o', 'gpt-4o-mini', 'o3', 'claude-sonnet-4-5', 'of-our-own', '__proto__'),
  input_tokens: fc.nat(300_000),
  output_tokens: fc.nat(5000),
  timestamp: fc
    .date({
      min: new Date('2025-05-25T00:00:00Z'),
      max: new Date('2025-07-05T00:00:00Z'),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString()),
});

describe('T3: sums are what the events say', () => {
  test('T3: Σ days = range, Σ models = total, rollup = raw, in any zone and grouping, on exact decimals', async () => {
    let run = 0;
    const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Kiritimati'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEvent, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(...zones),
        fc.constantFrom('day', 'week', 'month'),
        async (events, zone, groupBy) => {
          const userId = `property-${run++}`;
          await record(userId, events, 'one');
          await record(userId, events.slice(0, 3), 'two');
          const query = {
            start_date: '2025-06-01',
            end_date: '2025-06-30',
            time_zone: zone,
            group_by: groupBy,
          };
          const got = await summary(userId, query);
          const raw = await rawSums(userId, zone);
          expect(got.total_cost).toBe(raw.cost);
          expect([got.total_tokens, got.total_events, got.unpriced_events]).toEqual(raw.counts);
          expect(total(got.data.map(({ cost }) => cost))).toBe(got.total_cost);
          for (const period of got.data) {
            const models = Object.values(period.by_model);
            expect(total(models.map(({ cost }) => cost))).toBe(period.cost);
            expect(models.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(period.tokens);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('T3: single days add up to the range', async () => {
    const events = Array.from({ length: 90 }, (_, n) => ({
      model: n % 2 === 0 ? 'gpt-4o' : 'o3',
      input_tokens: n + 1,
      timestamp: new Date(Date.UTC(2026, 2, 27, n)).toISOString(),
    }));
    await record('days', events);
    const zone = { time_zone: 'Europe/Berlin' };
    const range = await summary('days', { start_date: '2026-03-27', end_date: '2026-03-31', ...zone });
    const days = ['27', '28', '29', '30', '31'].map((day) => `2026-03-${day}`);
    const single = await Promise.all(
      days.map((day) => summary('days', { start_date: day, end_date: day, ...zone })),
    );
    expect(total(single.map((one) => one.total_cost))).toBe(range.total_cost);
    expect(range.total_events).toBe(90);
    // Clocks went forward on the 29th: a day of 23 hours.
    expect(range.data.find(({ date }) => date === '2026-03-29')?.events).toBe(23);
  });
});

async function rawSums(userId: string, zone: string): Promise<{ cost: string; counts: number[] }> {
  const { rows } = await meterr.database.orm.execute<
    Record<'cost' | 'tokens' | 'events' | 'unpriced', string>
  >(sql`
    SELECT coalesce(sum(cost), 0)::text AS cost, coalesce(sum(total_tokens), 0)::text AS tokens,
      count(*)::text AS events, count(*) FILTER (WHERE cost IS NULL)::text AS unpriced
    FROM usage_events WHERE user_id = ${userId}
      AND (occurred_at AT TIME ZONE ${zone}::text)::date BETWEEN '2025-06-01' AND '2025-06-30'`);
  const row = rows[0];
  if (row === undefined) throw new Error('No sums');
  const counts = [row.tokens, row.events, row.unpriced].map((text) => Number.parseInt(text, 10));
  return { cost: formatMoney(money(row.cost), 'all'), counts };
}

describe('T3: the summary', () => {
  test('T3: is of the last 30 days by UTC day and model, unless asked otherwise', async () => {
    await record('ann', [
      { model: 'gpt-4o-mini', input_tokens: 1000, output_tokens: 500, timestamp: '2026-11-01T10:00:00Z' },
      { model: 'gpt-4o', input_tokens: 1000, timestamp: '2026-11-01T11:00:00Z' },
      { model: 'of-our-own', input_tokens: 7, timestamp: '2026-10-03T00:00:00Z' },
      { model: 'gpt-4o', input_tokens: 1, timestamp: '2026-10-02T23:59:59.999Z' },
    ]);
    const got = await meterr.call('usageSummary', keyOf('ann'), {});
    expect(got.body).toEqual({
      period: { start_date: '2026-10-03', end_date: '2026-11-01', group_by: 'day', time_zone: 'UTC' },
      total_tokens: 2507,
      total_cost: '0.002950',
      total_events: 3,
      unpriced_events: 1,
      data: [
        {
          date: '2026-10-03',
          tokens: 7,
          cost: '0.000000',
          events: 1,
          unpriced_events: 1,
          by_model: { 'of-our-own': { tokens: 7, cost: null, events: 1, unpriced_events: 1 } },
        },
        {
          date: '2026-11-01',
          tokens: 2500,
          cost: '0.002950',
          events: 2,
          unpriced_events: 0,
          by_model: {
            'gpt-4o': { tokens: 1000, cost: '0.002500', events: 1, unpriced_events: 0 },
            'gpt-4o-mini': { tokens: 1500, cost: '0.000450', events: 1, unpriced_events: 0 },
          },
        },
      ],
    });
  });

  test('T3: a late event lands in its own day', async () => {
    await record('late', [{ model: 'gpt-4o', input_tokens: 5, timestamp: '2026-09-22T23:59:59.999Z' }]);
    const got = await summary('late', { start_date: '2026-09-01', end_date: '2026-09-30' });
    expect(got.data.map(({ date, tokens }) => [date, tokens])).toEqual([['2026-09-22', 5]]);
  });

  test('T2: a million one-token events cost what a million tokens cost, not nothing', async () => {
    const events = Array.from({ length: 1000 }, () => ({
      model: 'gpt-4o-mini',
      input_tokens: 1,
      timestamp: '2026-10-30T00:00:00Z',
    }));
    await record('tiny', events);
    expect((await summary('tiny', { decimals: 'six' })).total_cost).toBe('0.000150');
  });

  test('T3: weeks begin on Monday and months on the first', async () => {
    await record('group', [
      { model: 'o3', input_tokens: 1, timestamp: '2026-10-04T12:00:00Z' },
      { model: 'o3', input_tokens: 1, timestamp: '2026-10-05T12:00:00Z' },
    ]);
    const range = { start_date: '2026-10-01', end_date: '2026-10-31' };
    const weeks = await summary('group', { ...range, group_by: 'week' });
    expect(weeks.data.map(({ date }) => date)).toEqual(['2026-09-28', '2026-10-05']);
    const months = await summary('group', { ...range, group_by: 'month' });
    expect(months.data.map(({ date, events }) => [date, events])).toEqual([['2026-10-01', 2]]);
  });

  test('R3, K5: another owner and another environment see nothing of it', async () => {
    await record('owner', [{ model: 'o3', input_tokens: 1 }]);
    for (const caller of [keyOf('stranger'), keyOf('owner', { environment: 'test' })]) {
      expect((await meterr.call('usageSummary', caller, {})).body).toMatchObject({
        total_events: 0,
        data: [],
      });
    }
  });

  test.each([
    [{ time_zone: 'Mars/Olympus' }, 'query/time_zone'],
    [{ time_zone: '+02:00' }, 'query/time_zone'],
    [{ time_zone: "UTC'; --" }, 'query/time_zone'],
    [{ start_date: '2026-02-02', end_date: '2026-02-01' }, 'query/start_date'],
    [{ start_date: '1990-01-01', end_date: '2026-02-01' }, 'query/start_date'],
    [{ start_date: '2026-02-30' }, 'query/start_date'],
    [{ group_by: 'hour' }, 'query/group_by'],
  ])('V1: %j is refused at %s', async (query, pointer) => {
    const got = await meterr.call('usageSummary', keyOf('x'), { query });
    expect(got.status).toBe(422);
    expect(got.errors.map((error) => error.pointer)).toEqual([pointer]);
  });
});
