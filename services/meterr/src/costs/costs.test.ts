import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { money } from '../money.ts';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import { forecastMonth } from './forecast.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
  const event = (model: string, day: string, tags?: object) => ({
    model,
    input_tokens: 1000,
    timestamp: `${day}T12:00:00Z`,
    ...(tags && { tags }),
  });
  const events = [
    event('gpt-4', '2026-10-05', { project: 'x' }),
    event('gpt-4', '2026-10-06', { project: 'y', team: 'a' }),
    event('claude-3-opus-latest', '2026-10-06'),
    event('own', '2026-10-06', { project: 'x' }),
  ];
  await meterr.call('recordUsageBatch', keyOf('ann'), { body: { events: events.slice(0, 2) } });
  await meterr.call('recordUsageBatch', keyOf('ann', { keyId: 'k2' }), { body: { events: events.slice(2) } });
});
afterAll(() => meterr[Symbol.asyncDispose]());

const range = { start_date: '2026-10-01', end_date: '2026-10-31' };
const costs = async (query: object) => {
  const got = await meterr.call('costs', keyOf('ann'), { query: { ...range, ...query } });
  return { body: got.body, groups: got.list().map(({ group, cost, events }) => [group, cost, events]) };
};

describe('T3: costs', () => {
  test.each([
    [
      {},
      [
        ['openai', '0.060000', 2],
        ['anthropic', '0.015000', 1],
        ['unknown', null, 1],
      ],
    ],
    [
      { group_by: 'model' },
      [
        ['gpt-4', '0.060000', 2],
        ['claude-3-opus-latest', '0.015000', 1],
        ['own', null, 1],
      ],
    ],
    [
      { group_by: 'key' },
      [
        [keyOf('ann').keyId, '0.060000', 2],
        ['k2', '0.015000', 2],
      ],
    ],
    [{ group_by: 'user' }, [['ann', '0.075000', 4]]],
    [
      { group_by: 'day' },
      [
        ['2026-10-05', '0.030000', 1],
        ['2026-10-06', '0.045000', 3],
      ],
    ],
    [{ group_by: 'week' }, [['2026-10-05', '0.075000', 4]]],
    [
      { group_by: 'tag', tag: 'project' },
      [
        ['x', '0.030000', 2],
        ['y', '0.030000', 1],
        [null, '0.015000', 1],
      ],
    ],
    [
      { group_by: 'tag', tag: 'team', time_zone: 'Asia/Kathmandu' },
      [
        [null, '0.045000', 3],
        ['a', '0.030000', 1],
      ],
    ],
  ])('T3: costs by %j', async (query, expected) => {
    const { body, groups } = await costs(query);
    expect(groups).toEqual(expected);
    expect(body).toMatchObject({ total_cost: '0.075000', unpriced_events: 1 });
  });

  test.each(['provider', 'key', 'user', 'tag'])(
    'T3: the summary by %s adds up to the same total',
    async (by) => {
      const query = { ...range, by, ...(by === 'tag' && { tag: 'project' }) };
      const got = await meterr.call('usageSummary', keyOf('ann'), { query });
      expect(got.body).toMatchObject({ total_cost: '0.075000', total_events: 4 });
      for (const day of got.list()) {
        const parts = Object.values(day[`by_${by}`] as Record<string, { events: number }>);
        const untagged = (day.untagged as { events: number } | undefined)?.events ?? 0;
        expect(parts.reduce((sum, part) => sum + part.events, untagged)).toBe(day.events);
      }
    },
  );

  test('V1: a tag is named where it is asked for, and nowhere else', async () => {
    const got = await meterr.call('costs', keyOf('ann'), { query: { tag: 'project' } });
    expect(got.errors.map(({ pointer }) => pointer)).toEqual(['query/tag']);
    const unnamed = await meterr.call('costs', keyOf('ann'), { query: { group_by: 'tag' } });
    expect(unnamed.errors.map(({ pointer }) => pointer)).toEqual(['query/tag']);
  });
});

describe('T3: forecast', () => {
  const day = (n: number) => `2026-10-${String(n).padStart(2, '0')}`;
  const days = (from: number, to: number, cost: string) =>
    Array.from({ length: to - from + 1 }, (_, n) => ({ day: day(from + n), cost: money(cost) }));

  test('T3: what was, and a mean day for each that is left', () => {
    const found = forecastMonth([...days(1, 10, '2'), ...days(11, 20, '4')], day(1), day(21));
    expect(found.forecast?.toFixed()).toBe('93'); // 60 + 3 for today + 10 × 3
    expect(found.costToDate.toFixed()).toBe('60');
    expect(found.basis).toMatchObject({ startDate: day(1), endDate: day(20), days: 20 });
    expect(found.low?.lt(found.forecast ?? 0)).toBe(true);
    expect(found.high?.gt(found.forecast ?? 0)).toBe(true);
  });

  test('T3: a dear today counts as it is; days without usage count as 0', () => {
    const found = forecastMonth([...days(1, 4, '3'), { day: day(9), cost: money('10') }], day(1), day(9));
    expect(found.forecast?.toFixed()).toBe('55'); // 12 + 10 + 22 × 1.5
  });

  test('T3: of fewer than three days nothing is said', () => {
    expect(forecastMonth(days(1, 2, '3'), day(1), day(3)).forecast).toBeNull();
    expect(forecastMonth([], null, day(3))).toMatchObject({ forecast: null, low: null, high: null });
  });

  test('T3: the route says what is known', async () => {
    const got = await meterr.call('forecastCosts', keyOf('ann'), {});
    expect(got.body).toMatchObject({ month: '2026-11', cost_to_date: '0.000000', unpriced_events: 0 });
    expect(got.body.basis).toMatchObject({ method: 'mean_of_days', days: 27, start_date: '2026-10-05' });
  });
});
