import { type Decimals, divideMoney, formatMoney, type Money, maxMoney, money, noMoney } from '../money.ts';
import { passedPercent } from './alert-budgets.ts';
import { periodEnd } from './budget-period.ts';
import type { Budget, PeriodState } from './read-budget.ts';

/** A budget as answers show it, with its running period. `nowMs` is Unix milliseconds. */
export function budgetAnswer(
  budget: Budget,
  state: PeriodState,
  { decimals, nowMs }: { readonly decimals: Decimals; readonly nowMs: number },
): Record<string, unknown> {
  const shown = (value: Money) => formatMoney(value, decimals);
  const limit = money(budget.limitCost);
  const { spent, held, overdraw, start } = state;
  const forecast = forecastPeriod(budget, state, nowMs);
  return {
    id: budget.id,
    name: budget.name,
    subject: subjectAnswer(budget),
    period: budget.period,
    hard: budget.isHard,
    limit: shown(limit),
    current: {
      start_date: start,
      end_date: periodEnd(budget.period, start),
      spent: shown(spent),
      held: shown(held),
      remaining: shown(maxMoney([limit.minus(spent).minus(held), noMoney])),
      exceeded_by: shown(maxMoney([spent.minus(limit), noMoney])),
      overdraw: shown(overdraw),
      percent: String(passedPercent(spent, limit)),
      forecast: forecast && shown(forecast),
    },
    webhook_url: budget.webhookUrl,
    created_at: budget.createdAt.toISOString(),
    updated_at: budget.updatedAt.toISOString(),
  };
}

/**
 * What the period comes to at its pace so far. Null before a quarter of it is over, when the pace says little, and for
 * what has no end.
 */
export function forecastPeriod(
  { period }: Pick<Budget, 'period'>,
  { start, spent }: Pick<PeriodState, 'start' | 'spent'>,
  nowMs: number,
): Money | null {
  const end = periodEnd(period, start);
  if (end === null) return null;
  const startMs = Date.parse(start);
  const lengthMs = Date.parse(end) - startMs;
  const elapsedMs = nowMs - startMs;
  if (elapsedMs * 4 < lengthMs) return null;
  return divideMoney(spent.times(String(lengthMs)), elapsedMs);
}

function subjectAnswer({ subject, subjectId, tagValue }: Budget): Record<string, unknown> {
  if (subject === 'tag') return { kind: subject, name: subjectId, value: tagValue };
  return subject === 'user' ? { kind: subject } : { kind: subject, id: subjectId };
}
