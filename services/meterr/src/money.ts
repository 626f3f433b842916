import { BigNumber } from 'bignumber.js';

/**
 * US dollars, exact (T2). Sums and products are exact at any length; nothing is rounded before output,
 * and nothing is divided but for forecasts. Money enters and leaves as decimal text and is never a JavaScript number.
 */
export type Money = BigNumber;

/** How many decimals an answer shows: six, rounded half up, or all there are. */
export type Decimals = 'six' | 'all';

export const noMoney: Money = new BigNumber(0);

/** From decimal text: a `numeric` column, or a field that has passed its pattern. */
export function money(text: string): Money {
  return new BigNumber(text);
}

/** A count of units times a rate for one unit. `count` is an integer from 0 to 2^53 − 1. */
export function charge(count: number, rate: Money): Money {
  // Through text: bignumber.js refuses numbers of more than 15 digits, which a count may have.
  return new BigNumber(String(count)).times(rate);
}

/** The sum of all; nothing at all is zero. */
export function sumMoney(parts: Iterable<Money>): Money {
  let sum = noMoney;
  for (const part of parts) sum = sum.plus(part);
  return sum;
}

/** The largest of at least one. */
export function maxMoney(all: readonly Money[]): Money {
  return BigNumber.max(...all);
}

/** For forecasts alone, which are estimates: rounded half up where the quotient has no end. `by` is a positive integer. */
export function divideMoney(value: Money, by: number): Money {
  return value.dividedBy(String(by)).decimalPlaces(rateDecimals, BigNumber.ROUND_HALF_UP);
}

/** For answers. Each figure is rounded by itself, so shown parts need not add up to the last digit. */
export function formatMoney(value: Money, decimals: Decimals): string {
  return decimals === 'all' ? value.toFixed() : value.toFixed(6, BigNumber.ROUND_HALF_UP);
}

/** For `numeric` columns: every digit, never an exponent. */
export function moneyText(value: Money): string {
  return value.toFixed();
}

/** A double carries any decimal of 15 digits unharmed; what a catalogue has beyond them is noise of its own sums. */
const digitsMax = 15;
/** Of a rate for one unit, and of the columns: a twelfth of a dollar per million ends there. */
const rateDecimals = 18;

/**
 * The price of one unit from a catalogue number for many: `perPowerOfTen` 6 for prices per million.
 * The number is read by its shortest decimal text, which is what its author wrote; 0.18000000000000002 is 0.18.
 */
export function rateFromCatalogue(price: number, perPowerOfTen: number): Money {
  const rate = new BigNumber(String(price)).precision(digitsMax).shiftedBy(-perPowerOfTen);
  return rate.decimalPlaces(rateDecimals, BigNumber.ROUND_HALF_UP);
}
