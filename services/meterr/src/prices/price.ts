import type { Money } from '../money.ts';
import type { RateClass } from './rate-classes.ts';

/** A rate for one unit; with `aboveInputTokens` > 0 it replaces the base when a call has more input than that. */
export interface Rate {
  readonly aboveInputTokens: number;
  readonly rate: Money;
}

/** A row of the catalogue. Times are Unix milliseconds; null has no end on that side. */
export interface Price {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly validFromMs: number | null;
  readonly validToMs: number | null;
  /** The part of each UTC day in which it holds, in seconds of the day; `to` may be before `from`, past midnight. */
  readonly daily: { readonly fromS: number; readonly toS: number } | null;
  readonly source: string;
  /** Ascending by `aboveInputTokens`; the first is the base with 0. */
  readonly rates: ReadonlyMap<RateClass, readonly Rate[]>;
}

/** Whether the price is in force at that moment. The end is the first moment that is not. */
export function isInForce(price: Price, atMs: number): boolean {
  if (price.validFromMs !== null && atMs < price.validFromMs) return false;
  if (price.validToMs !== null && atMs >= price.validToMs) return false;
  if (price.daily === null) return true;
  const secondsOfDay = (((atMs % 86_400_000) + 86_400_000) % 86_400_000) / 1000;
  const { fromS, toS } = price.daily;
  return toS < fromS
    ? secondsOfDay >= fromS || secondsOfDay < toS
    : secondsOfDay >= fromS && secondsOfDay < toS;
}
