import { charge, type Money, noMoney } from '../money.ts';
import { type Counts, countedClasses, inputTokensInAll } from '../token-classes.ts';
import type { Price, Rate } from './price.ts';
import { optionalClasses, type RateClass, rateFallbacks } from './rate-classes.ts';

export interface Cost {
  readonly cost: Money;
  /** False when a class was charged at another class's rate, or something countable had no rate at all. */
  readonly isExact: boolean;
}

export interface Charge {
  readonly rate: Money;
  /** False when it is the nearest known rate and not what the provider says. */
  readonly isOwn: boolean;
  /** The class whose rate it is, and its tier. */
  readonly rateOf: RateClass;
  readonly aboveInputTokens: number;
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
    const found = rateAt(price, name, input);
    if (found === undefined) {
      if (!optionalClasses.has(name)) return undefined;
      isExact = false;
      continue;
    }
    cost = cost.plus(charge(count, found.rate));
    isExact &&= found.isOwn;
  }
  const perCall = ownRate(price, 'requests', input);
  if (calls > 0 && perCall !== undefined) cost = cost.plus(charge(calls, perCall.rate));
  return { cost, isExact };
}

/** What a unit of the class is charged at in a call with so much input; undefined: the price has no rate for it. */
export function rateAt(price: Price, name: RateClass, inputTokens: number): Charge | undefined {
  const own = ownRate(price, name, inputTokens);
  if (own !== undefined) return { ...own, isOwn: true, rateOf: name };
  for (const { to, isTheRule } of rateFallbacks[name]) {
    const nearest = ownRate(price, to, inputTokens);
    if (nearest !== undefined) return { ...nearest, isOwn: isTheRule, rateOf: to };
  }
  return undefined;
}

/** Tiers are cliffs: above the threshold the whole call is charged at the tier, not only what lies above. */
function ownRate(price: Price, name: RateClass, inputTokens: number): Rate | undefined {
  let rate: Rate | undefined;
  for (const tier of price.rates.get(name) ?? []) {
    if (tier.aboveInputTokens === 0 || inputTokens > tier.aboveInputTokens) rate = tier;
  }
  return rate;
}
