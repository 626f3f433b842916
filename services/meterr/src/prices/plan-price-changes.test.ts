import { describe, expect, test } from 'vitest';
import { hashRates, planPriceChanges, type StandingPrice } from './plan-price-changes.ts';
import type { SeedPeriod } from './seed.ts';

const now = Date.UTC(2026, 5, 1);
const day = 86_400_000;

const period = (rate: string, more: Partial<SeedPeriod> = {}): SeedPeriod => ({
  declaredFromMs: null,
  validToMs: null,
  daily: null,
  rates: [{ class: 'input_tokens', aboveInputTokens: 0, rate }],
  ...more,
});

const standing = (id: string, of: SeedPeriod, more: Partial<StandingPrice> = {}): StandingPrice => ({
  id,
  declaredFromMs: of.declaredFromMs,
  validFromMs: of.declaredFromMs,
  validToMs: of.validToMs,
  daily: of.daily,
  ratesHash: hashRates(of.rates),
  ...more,
});

describe('T4: a price change never rewrites the past', () => {
  test('T4: the same prices again change nothing', () => {
    const same = period('0.1');
    expect(planPriceChanges([standing('a', same)], [same], now)).toEqual({ endings: [], additions: [] });
  });

  test('T4: another rate ends the row now and adds one from now', () => {
    const changed = period('0.2');
    const plan = planPriceChanges([standing('a', period('0.1'))], [changed], now);
    expect(plan.endings).toEqual([{ id: 'a', validToMs: now }]);
    expect(plan.additions).toMatchObject([{ period: changed, validFromMs: now }]);
  });

  test('T4: a change declared for a date ends the row at that date', () => {
    const before = period('0.1', { validToMs: now + day });
    const after = period('0.2', { declaredFromMs: now + day });
    const plan = planPriceChanges([standing('a', period('0.1'))], [before, after], now);
    expect(plan.endings).toEqual([{ id: 'a', validToMs: now + day }]);
    expect(plan.additions).toMatchObject([{ period: after, validFromMs: now + day }]);
  });

  test('T4: what lies wholly in the past is left as it was', () => {
    const past = period('0.1', { validToMs: now - day });
    const corrected = period('0.3', { validToMs: now - day });
    expect(planPriceChanges([standing('a', past)], [corrected], now)).toEqual({ endings: [], additions: [] });
  });

  test('T4: a model that the source drops is ended now', () => {
    const plan = planPriceChanges([standing('a', period('0.1'))], [], now);
    expect(plan).toEqual({ endings: [{ id: 'a', validToMs: now }], additions: [] });
  });

  test('T4: a model that comes back starts anew', () => {
    const back = period('0.1');
    const plan = planPriceChanges([standing('a', back, { validToMs: now - day })], [back], now);
    expect(plan.endings).toEqual([]);
    expect(plan.additions).toMatchObject([{ validFromMs: now }]);
  });

  test('T4: hours of the day are prices of their own', () => {
    const night = period('0.1', { daily: { fromS: 0, toS: 3600 } });
    const plan = planPriceChanges([standing('a', period('0.2'))], [period('0.2'), night], now);
    expect(plan.additions).toMatchObject([{ period: night, validFromMs: null }]);
  });
});
