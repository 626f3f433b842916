import { type Decimals, formatMoney } from '../money.ts';
import type { SummaryRange, SummaryRow } from './read-rollups.ts';
import { addSum, emptySum, integer, sumAnswer, totalAnswer } from './usage-sum.ts';

/** The summary as the API shows it. `rows` are ordered by date. */
export function summaryAnswer(
  range: SummaryRange,
  rows: readonly SummaryRow[],
  decimals: Decimals,
): Record<string, unknown> {
  const total = emptySum();
  const periods = Map.groupBy(rows, ({ date }) => date);
  for (const row of rows) addSum(total, row);
  return {
    period: periodAnswer(range),
    total_tokens: integer(total.tokens),
    total_cost: formatMoney(total.cost, decimals),
    total_events: integer(total.events),
    unpriced_events: integer(total.unpricedEvents),
    data: [...periods].map(([date, parts]) => periodOf(range, date, parts, decimals)),
  };
}

export function periodAnswer(range: SummaryRange): Record<string, unknown> {
  return {
    start_date: range.startDate,
    end_date: range.endDate,
    group_by: range.groupBy,
    time_zone: range.timeZone,
  };
}

function periodOf(range: SummaryRange, date: string, parts: readonly SummaryRow[], decimals: Decimals) {
  const sum = emptySum();
  for (const part of parts) addSum(sum, part);
  // fromEntries defines members: a model called __proto__ is a member like any other.
  const named = Object.fromEntries(
    parts.flatMap((row) => (row.part === null ? [] : [[row.part, sumAnswer(row, decimals)]])),
  );
  const untagged = parts.find(({ part }) => part === null);
  return {
    date,
    ...totalAnswer(sum, decimals),
    [`by_${range.by}`]: named,
    ...(untagged && { untagged: sumAnswer(untagged, decimals) }),
  };
}
