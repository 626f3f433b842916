import { divideMoney, type Money, noMoney, sumMoney } from '../money.ts';

/** What one UTC day came to, `YYYY-MM-DD`. Days without usage may be left out. */
export interface DayCost {
  readonly day: string;
  readonly cost: Money;
}

export interface Forecast {
  readonly month: string;
  readonly costToDate: Money;
  /** Null where fewer than three whole days are known. */
  readonly forecast: Money | null;
  readonly low: Money | null;
  readonly high: Money | null;
  readonly basis: {
    readonly startDate: string | null;
    readonly endDate: string | null;
    readonly days: number;
    readonly meanPerDay: Money | null;
  };
}

const dayMs = 86_400_000;
export const basisDaysMax = 28;
const basisDaysMin = 3;

/**
 * The month of `today` at its end: what its whole days came to, today as it is or as a mean day whichever is more, and a
 * mean day for each that is left. The mean is over the last 28 whole days, or those since the first usage. `low` and `high`
 * take the cheapest and the dearest of the basis' whole weeks instead, where there are two. No trend and no weekday is
 * guessed: every figure can be checked by hand.
 */
export function forecastMonth(days: readonly DayCost[], firstDay: string | null, today: string): Forecast {
  const costs = new Map(days.map(({ day, cost }) => [day, cost]));
  const basis = basisOf(costs, firstDay, today);
  const month = today.slice(0, 7);
  const before = sumMoney(
    days.filter(({ day }) => day.startsWith(month) && day < today).map(({ cost }) => cost),
  );
  const todays = costs.get(today) ?? noMoney;
  const left = daysOfMonth(month) - Number.parseInt(today.slice(8), 10);
  const atPace = (perDay: Money) => before.plus(todays.gt(perDay) ? todays : perDay).plus(perDay.times(left));
  const known = basis.length >= basisDaysMin;
  const mean = known ? divideMoney(sumMoney(basis.map(({ cost }) => cost)), basis.length) : null;
  const weeks = weeksOf(basis).sort((a, b) => a.comparedTo(b) ?? 0);
  const [lowest, highest] = weeks.length >= 2 ? [weeks[0], weeks.at(-1)] : [];
  return {
    month,
    costToDate: before.plus(todays),
    forecast: mean && atPace(mean),
    low: lowest === undefined ? null : atPace(divideMoney(lowest, 7)),
    high: highest === undefined ? null : atPace(divideMoney(highest, 7)),
    basis: {
      startDate: basis.at(-1)?.day ?? null,
      endDate: basis[0]?.day ?? null,
      days: basis.length,
      meanPerDay: mean,
    },
  };
}

/** The whole days before today, newest first, as far back as there is usage and at most 28. */
function basisOf(costs: ReadonlyMap<string, Money>, firstDay: string | null, today: string): DayCost[] {
  const basis: DayCost[] = [];
  for (let back = 1; back <= basisDaysMax; back += 1) {
    const day = new Date(Date.parse(today) - back * dayMs).toISOString().slice(0, 10);
    if (firstDay === null || day < firstDay) break;
    basis.push({ day, cost: costs.get(day) ?? noMoney });
  }
  return basis;
}

/** Sums of whole weeks, counted back from yesterday. */
function weeksOf(basis: readonly DayCost[]): Money[] {
  const weeks: Money[] = [];
  for (let at = 0; at + 7 <= basis.length; at += 7)
    weeks.push(sumMoney(basis.slice(at, at + 7).map(({ cost }) => cost)));
  return weeks;
}

function daysOfMonth(month: string): number {
  const next = new Date(`${month}-01T00:00:00Z`);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return (next.getTime() - Date.parse(`${month}-01`)) / dayMs;
}
