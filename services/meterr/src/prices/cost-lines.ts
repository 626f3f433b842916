import { charge, type Money, noMoney } from '../money.ts';
import { type Counts, countedClasses, inputTokensInAll } from '../token-classes.ts';
import type { Price } from './price.ts';
import { rateAt } from './price-counts.ts';
import type { RateClass } from './rate-classes.ts';

export interface CostLine {
  readonly class: RateClass;
  readonly count: number;
  /** For one unit; null where the price has none and nothing is charged. */
  readonly rate: Money | null;
  /** The class whose rate was taken. */
  readonly rateOf: RateClass | null;
  /** The tier that the call's input put it into; 0: the base. */
  readonly aboveInputTokens: number;
  readonly subtotal: Money;
}

/** What makes up the cost of a call, in the order of the classes; those that were not used are left out. */
export function costLines(price: Price, counts: Counts, calls: 0 | 1): CostLine[] {
  const input = inputTokensInAll(counts);
  const used = countedClasses.flatMap((name) => (counts[name] > 0 ? [[name, counts[name]] as const] : []));
  const lines = used.map(([name, count]) => lineOf(price, name, count, input));
  const perCall = calls > 0 && price.rates.has('requests') ? [lineOf(price, 'requests', calls, input)] : [];
  return [...lines, ...perCall];
}

function lineOf(price: Price, name: RateClass, count: number, input: number): CostLine {
  const found = rateAt(price, name, input);
  return {
    class: name,
    count,
    rate: found?.rate ?? null,
    rateOf: found?.rateOf ?? null,
    aboveInputTokens: found?.aboveInputTokens ?? 0,
    subtotal: found === undefined ? noMoney : charge(count, found.rate),
  };
}
