import { type Money, money } from '../money.ts';
import type { Catalogue } from './catalogue.ts';
import type { Rate } from './price.ts';
import type { RateClass } from './rate-classes.ts';
import type { SecondPrice } from './read-litellm-prices.ts';

/** A rate of which two sources say different things. */
export interface Disagreement {
  readonly provider: string;
  readonly model: string;
  readonly class: RateClass;
  readonly aboveInputTokens: number;
  readonly ours: Money;
  readonly theirs: Money;
}

export interface CrossCheck {
  /** Models that both know. */
  readonly models: number;
  /** Rates that both have. */
  readonly rates: number;
  readonly disagreements: readonly Disagreement[];
}

/**
 * Compares what is charged now with a second source, rate by rate. Disagreement is shown and nothing is averaged or changed:
 * an operator decides, by a price of their own (T4). Fees and classes that only one has are passed over.
 */
export function crossCheck(catalogue: Catalogue, second: readonly SecondPrice[], nowMs: number): CrossCheck {
  let models = 0;
  let rates = 0;
  const disagreements: Disagreement[] = [];
  for (const theirs of second) {
    const name = theirs.model.slice(theirs.model.lastIndexOf('/') + 1);
    const price = catalogue.find(theirs.provider, name, nowMs)?.price;
    if (price === undefined) continue;
    models += 1;
    for (const { class: rateClass, aboveInputTokens, rate } of theirs.rates) {
      const ours = sameTier(price.rates.get(rateClass), aboveInputTokens);
      // A rate of 0 stands for one that they do not know.
      if (ours === undefined || money(rate).isZero()) continue;
      rates += 1;
      if (ours.eq(rate)) continue;
      const { provider, model } = price;
      disagreements.push({
        provider,
        model: name || model,
        class: rateClass,
        aboveInputTokens,
        ours,
        theirs: money(rate),
      });
    }
  }
  return { models, rates, disagreements };
}

function sameTier(rates: readonly Rate[] | undefined, aboveInputTokens: number): Money | undefined {
  return rates?.find((rate) => rate.aboveInputTokens === aboveInputTokens)?.rate;
}
