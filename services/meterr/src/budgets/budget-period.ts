import type { BudgetPeriod } from './active-budget.ts';

/** Where a total begins: before anything that can have happened. */
const beginning = '1970-01-01';

/** The first day of the period that a moment is in, `YYYY-MM-DD` of UTC. `atMs` is Unix milliseconds. */
export function periodStart(period: BudgetPeriod, atMs: number): string {
  if (period === 'total') return beginning;
  const day = new Date(atMs).toISOString().slice(0, 10);
  return period === 'day' ? day : `${day.slice(0, 7)}-01`;
}

/** The first day after the period that begins there; null: it has no end. */
export function periodEnd(period: BudgetPeriod, start: string): string | null {
  if (period === 'total') return null;
  const at = new Date(`${start}T00:00:00Z`);
  if (period === 'day') at.setUTCDate(at.getUTCDate() + 1);
  else at.setUTCMonth(at.getUTCMonth() + 1);
  return at.toISOString().slice(0, 10);
}
