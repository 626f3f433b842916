import { type Decimals, formatMoney, type Money, noMoney } from '../money.ts';
import type { SummaryRange, SummaryRow } from './read-rollups.ts';

interface Sum {
  events: bigint;
  unpricedEvents: bigint;
  tokens: bigint;
  cost: Money;
}

/** The summary as the API shows it. `rows` are ordered by date. */
export function summaryAnswer(
  range: SummaryRange,
  rows: readonly SummaryRow[],
  decimals: Decimals,
): Record<string, unknown> {
  const total = emptySum();
  const periods = new Map<string, { sum: Sum; models: [string, Record<string, unknown>][] }>();
  for (const row of rows) {
    let period = periods.get(row.date);
    if (period === undefined) {
      period = { sum: emptySum(), models: [] };
      periods.set(row.date, period);
    }
    add(total, row);
    add(period.sum, row);
    period.models.push([row.model, modelAnswer(row, decimals)]);
  }
  return {
    period: {
      start_date: range.startDate,
      end_date: range.endDate,
      group_by: range.groupBy,
      time_zone: range.timeZone,
    },
    total_tokens: integer(total.tokens),
    total_cost: formatMoney(total.cost, decimals),
    total_events: integer(total.events),
    unpriced_events: integer(total.unpricedEvents),
    data: [...periods].map(([date, { sum, models }]) => ({
      date,
      tokens: integer(sum.tokens),
      cost: formatMoney(sum.cost, decimals),
      events: integer(sum.events),
      unpriced_events: integer(sum.unpricedEvents),
      // fromEntries defines members: a model called __proto__ is a member like any other.
      by_model: Object.fromEntries(models),
    })),
  };
}

function modelAnswer(sum: Sum, decimals: Decimals): Record<string, unknown> {
  const isUnpriced = sum.events === sum.unpricedEvents;
  return {
    tokens: integer(sum.tokens),
    cost: isUnpriced ? null : formatMoney(sum.cost, decimals),
    events: integer(sum.events),
    unpriced_events: integer(sum.unpricedEvents),
  };
}

function emptySum(): Sum {
  return { events: 0n, unpricedEvents: 0n, tokens: 0n, cost: noMoney };
}

function add(sum: Sum, row: SummaryRow): void {
  sum.events += row.events;
  sum.unpricedEvents += row.unpricedEvents;
  sum.tokens += row.tokens;
  sum.cost = sum.cost.plus(row.cost);
}

/** A number as long as JSON readers hold it exactly, then decimal text. */
function integer(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}
