import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { type BudgetRow, readBudgetRow } from '../budgets/active-budget.ts';
import { countSpent } from '../budgets/count-spent.ts';
import { moneyText } from '../money.ts';

type Row = BudgetRow & { readonly environment: string; readonly period_start: string };

/**
 * Gives one person's budgets to another, and counts those of both once more: what they count has changed hands before. What
 * is held by calls under way stays held. How many were moved.
 */
export async function moveBudgetsOf(tx: Transaction, from: string, to: string): Promise<number> {
  const moved = await tx.execute<{ removed: boolean }>(sql`
    UPDATE budgets SET user_id = ${to}, subject_id = CASE WHEN subject = 'user' THEN ${to} ELSE subject_id END
    WHERE user_id = ${from} RETURNING removed_at IS NOT NULL AS removed`);
  await tx.execute(sql`UPDATE budget_holds SET user_id = ${to} WHERE user_id = ${from}`);
  const { rows } = await tx.execute<Row>(sql`
    SELECT id::text AS id, user_id, environment, name, subject, subject_id, tag_value, period, since::text AS since,
      limit_cost::text AS limit_cost, is_hard, webhook_url, period_start::text AS period_start
    FROM budgets JOIN budget_periods ON budget_id = id
    WHERE user_id = ${to} AND subject <> 'team' AND removed_at IS NULL
    ORDER BY id, period_start FOR UPDATE OF budget_periods`);
  for (const row of rows) {
    const { environment, period_start: start } = row;
    const spent = await countSpent(tx, { ...readBudgetRow(row), environment }, start);
    await tx.execute(sql`
      UPDATE budget_periods SET spent = ${moneyText(spent)}::numeric
      WHERE budget_id = ${row.id}::uuid AND period_start = ${start}::date`);
  }
  // Periods that only the other's usage reaches into.
  await addMissingPeriods(tx, to);
  return moved.rows.filter(({ removed }) => !removed).length;
}

async function addMissingPeriods(tx: Transaction, userId: string): Promise<void> {
  const { rows } = await tx.execute<Row>(sql`
    SELECT DISTINCT id::text AS id, budgets.user_id, budgets.environment, name, subject, subject_id, tag_value, period,
      since::text AS since, limit_cost::text AS limit_cost, is_hard, webhook_url,
      date_trunc(period, day::timestamp)::date::text AS period_start
    FROM budgets JOIN usage_by_day AS usage
      ON usage.user_id = budgets.user_id AND usage.environment = budgets.environment AND day >= since
    WHERE budgets.user_id = ${userId} AND subject <> 'team' AND period <> 'total' AND removed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM budget_periods
        WHERE budget_id = id AND period_start = date_trunc(period, day::timestamp)::date)`);
  for (const row of rows) {
    const { environment, period_start: start } = row;
    const spent = await countSpent(tx, { ...readBudgetRow(row), environment }, start);
    if (spent.isZero()) continue;
    await tx.execute(sql`
      INSERT INTO budget_periods (budget_id, period_start, spent)
      VALUES (${row.id}::uuid, ${start}::date, ${moneyText(spent)}::numeric)`);
  }
}
