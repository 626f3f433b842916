import { charge, type Money, noMoney } from '../money.ts';
import { type Counts, countedClasses, inputTokensInAll } from '../token-classes.ts';
import type { Price } from './price.ts';
import { optionalClasses, type RateClass, rateFallbacks } from './rate-classes.ts';

export interface Cost {
  readonly cost: Money;
  /** False when a class was charged at another class's rate, or something countable had no rate at all. */
  readonly isExact: boolean;
}

interface Charge {
  readonly rate: Money;
  readonly isOwn: boolean;
}

/**
 * What the counts cost: Σ count × rate over disjoint classes, each rate of the tier that the call's whole input
 * falls into. `calls` is how often a fee per call is due. Undefined when a class that was used has no rate: unpriced.
 */
export function priceCounts(price: Price, counts: Counts, calls: 0 | 1): Cost | undefined {
  const input = inputTokensInAll(counts);
  let cost = noMoney;
  let isExact = true;
  for (const name of countedClasses) {
    const count = counts[name];
    if (count === 0) continue;
    const found = rateOf(price, name, input);
    if (found === undefined) {
      if (!optionalClasses.has(name)) return undefined;
      isExact = false;
      continue;
    }
    cost = cost.plus(charge(count, found.rate));
    isExact &&= found.isOwn;
  }
  const perCall = ownRate(price, 'requests', input);
  if (calls > 0 && perCall !== undefined) cost = cost.plus(charge(calls, perCall));
  return { cost, isExact };
}

function rateOf(price: Price, name: RateClass, inputTokens: number): Charge | undefined {
  const own = ownRate(price, name, inputTokens);
  if (own !== undefined) return { rate: own, isOwn: true };
  for (const { to, isTheRule } of rateFallbacks[name]) {
    const rate = ownRate(price, to, inputTokens);
    if (rate !== undefined) return { rate, isOwn: isTheRule };
  }
  return undefined;
}

/** Tiers are cliffs: above the threshold the whole call is charged at the tier, not only what lies above. */
function ownRate(price: Price, name: RateClass, inputTokens: number): Money | undefined {
  let rate: Money | undefined;
  for (const tier of price.rates.get(name) ?? []) {
    if (tier.aboveInputTokens === 0 || inputTokens > tier.aboveInputTokens) rate = tier.rate;
  }
  return rate;
}
