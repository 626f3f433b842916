import { type Decimals, formatMoney } from '../money.ts';
import type { SummaryRange, SummaryRow } from '../summary/read-rollups.ts';
import { periodAnswer } from '../summary/summary-answer.ts';
import { addSum, emptySum, integer, sumAnswer } from '../summary/usage-sum.ts';

/** Costs by date or by part: dates in order, parts the dearest first. */
export function costsAnswer(
  range: SummaryRange,
  rows: readonly SummaryRow[],
  { groupOf, decimals }: { readonly groupOf: 'date' | 'part'; readonly decimals: Decimals },
): Record<string, unknown> {
  const total = emptySum();
  for (const row of rows) addSum(total, row);
  const groups = [...Map.groupBy(rows, (row) => row[groupOf])].map(([group, members]) => {
    const sum = emptySum();
    for (const row of members) addSum(sum, row);
    return { group, sum };
  });
  if (groupOf === 'part') groups.sort((a, b) => b.sum.cost.comparedTo(a.sum.cost) ?? 0);
  return {
    period: periodAnswer(range),
    total_cost: formatMoney(total.cost, decimals),
    unpriced_events: integer(total.unpricedEvents),
    data: groups.map(({ group, sum }) => ({ group, ...sumAnswer(sum, decimals) })),
  };
}
