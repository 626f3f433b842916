import { asData, findUser, queueMail, queueNotification } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { formatMoney, type Money } from '../money.ts';
import type { ActiveBudget } from './active-budget.ts';
import { periodStart } from './budget-period.ts';
import type { MovedBudget } from './move-budgets.ts';

/** Shares of the limit at which the owner is told (T5). */
const percents = [100, 80, 50] as const;

/**
 * Queues an alert, in the transaction of the spending, where a budget has just passed 50, 80 or 100 %: the highest alone,
 * once for each period. Of periods that are over nobody is told.
 */
export async function alertBudgets(
  tx: Transaction,
  budgets: readonly ActiveBudget[],
  moved: readonly MovedBudget[],
  nowMs: number,
): Promise<void> {
  for (const { budgetId, periodStart: start, spent, alertedPercent } of moved) {
    const budget = budgets.find(({ id }) => id === budgetId);
    if (budget === undefined || start !== periodStart(budget.period, nowMs)) continue;
    const percent = passedPercent(spent, budget.limit);
    if (percent <= alertedPercent) continue;
    await tx.execute(sql`
      UPDATE budget_periods SET alerted_percent = ${percent}
      WHERE budget_id = ${budgetId}::uuid AND period_start = ${start}::date`);
    await tellOwner(tx, budget, { event: 'budget.threshold', period: start, spent, percent });
  }
}

/** The highest of the told shares that has been reached; 0: none. */
export function passedPercent(spent: Money, limit: Money): number {
  return percents.find((percent) => spent.times(100).gte(limit.times(percent))) ?? 0;
}

export interface BudgetAlert {
  readonly event: 'budget.threshold' | 'budget.forecast';
  /** The first day of the period. */
  readonly period: string;
  readonly spent: Money;
  /** What was passed, or null where it is a forecast. */
  readonly percent: number | null;
}

/** Queues the mail, and the webhook where the budget has one: Standard Webhooks, the type and the data of the event. */
export async function tellOwner(tx: Transaction, budget: ActiveBudget, alert: BudgetAlert): Promise<void> {
  const { event, period, spent, percent } = alert;
  const dedupeKey = `${event} ${budget.id} ${period} ${percent ?? 'forecast'} ${budget.limit.toFixed()}`;
  const owner = await findUser(tx, budget.userId);
  const limit = formatMoney(budget.limit, 'six');
  const soFar = formatMoney(spent, 'six');
  if (owner !== undefined) {
    const name = asData(budget.name);
    const what =
      percent === null
        ? 'is going to pass its limit in this period'
        : `has reached ${percent} % of its limit`;
    await queueMail(tx, {
      to: owner.email,
      dedupeKey: `${dedupeKey} mail`,
      subject: `The budget "${name}" ${what}`,
      text: `The budget "${name}" ${what}: ${soFar} of ${limit} US dollars have been spent.`,
    });
  }
  if (budget.webhookUrl !== null) {
    const data = { budget_id: budget.id, name: budget.name, period, percent, spent: soFar, limit };
    await queueNotification(tx, {
      kind: 'webhook',
      to: budget.webhookUrl,
      owner: budget.userId,
      dedupeKey: `${dedupeKey} webhook`,
      payload: { type: event, data },
    });
  }
}
