import { expect, test } from 'vitest';
import { formatMoney, money } from '../money.ts';
import { type Counts, countedClasses, inputTokensInAll, noCounts } from '../token-classes.ts';
import type { Price } from './price.ts';
import { priceCounts } from './price-counts.ts';
import type { RateClass } from './rate-classes.ts';

const scale = 18n;

/** Deterministic, so that a failure can be repeated (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const text = (units: bigint) => `${units / 10n ** scale}.${String(units % 10n ** scale).padStart(18, '0')}`;

/** Half up to six decimals, by integers. */
function sixDecimals(units: bigint): string {
  const rounded = (units + 5n * 10n ** 11n) / 10n ** 12n;
  return `${rounded / 1_000_000n}.${String(rounded % 1_000_000n).padStart(6, '0')}`;
}

test('T2: of 50,000 calls at random prices and tiers each costs to the last digit what integers say', () => {
  const next = random(20_261_122);
  const upTo = (most: number) => Math.floor(next() * (most + 1));
  for (let n = 0; n < 50_000; n += 1) {
    const threshold = 1 + upTo(300_000);
    const units = new Map<RateClass, [bigint, bigint]>();
    for (const name of countedClasses) {
      const rate = () => BigInt(upTo(10 ** 9)) * 10n ** BigInt(upTo(6));
      units.set(name, [rate(), rate()]);
    }
    const rates = new Map(
      [...units].map(([name, [base, above]]) => [
        name,
        [
          { aboveInputTokens: 0, rate: money(text(base)) },
          { aboveInputTokens: threshold, rate: money(text(above)) },
        ],
      ]),
    );
    const counts: Counts = {
      ...noCounts,
      ...Object.fromEntries(countedClasses.map((name) => [name, next() < 0.4 ? upTo(200_000) : 0])),
    };
    const isAbove = inputTokensInAll(counts) > threshold;
    let expected = 0n;
    for (const name of countedClasses)
      expected += BigInt(counts[name]) * (units.get(name)?.[isAbove ? 1 : 0] ?? 0n);
    const priced = priceCounts({ rates } as unknown as Price, counts, 0);
    if (priced === undefined) throw new Error('unpriced');
    if (!priced.cost.eq(text(expected)) || formatMoney(priced.cost, 'six') !== sixDecimals(expected))
      expect([n, priced.cost.toFixed()]).toEqual([n, text(expected)]);
  }
});
