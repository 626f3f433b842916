import { type Decimals, formatMoney, type Money, noMoney } from '../money.ts';

/** Usage added up. */
export interface UsageSum {
  events: bigint;
  unpricedEvents: bigint;
  tokens: bigint;
  cost: Money;
}

export function emptySum(): UsageSum {
  return { events: 0n, unpricedEvents: 0n, tokens: 0n, cost: noMoney };
}

export function addSum(sum: UsageSum, part: Readonly<UsageSum>): void {
  sum.events += part.events;
  sum.unpricedEvents += part.unpricedEvents;
  sum.tokens += part.tokens;
  sum.cost = sum.cost.plus(part.cost);
}

/** For answers; the cost is null where no event of the sum has a price. */
export function sumAnswer(sum: Readonly<UsageSum>, decimals: Decimals): Record<string, unknown> {
  const isUnpriced = sum.events === sum.unpricedEvents;
  return {
    tokens: integer(sum.tokens),
    cost: isUnpriced ? null : formatMoney(sum.cost, decimals),
    events: integer(sum.events),
    unpriced_events: integer(sum.unpricedEvents),
  };
}

/** The same for a whole, whose cost is that of its priced events, if only 0. */
export function totalAnswer(sum: Readonly<UsageSum>, decimals: Decimals): Record<string, unknown> {
  return { ...sumAnswer(sum, decimals), cost: formatMoney(sum.cost, decimals) };
}

/** A number as long as JSON readers hold it exactly, then decimal text. */
export function integer(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}
