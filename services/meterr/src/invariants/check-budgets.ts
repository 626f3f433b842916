import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { BudgetRow } from '../budgets/active-budget.ts';
import { countSpent } from '../budgets/count-spent.ts';
import { money } from '../money.ts';
import type { Finding } from './check-invariants.ts';

type Row = Pick<BudgetRow, 'user_id' | 'subject' | 'subject_id' | 'tag_value' | 'period'> & {
  readonly budget_id: string;
  readonly environment: string;
  readonly period_start: string;
  readonly spent: string;
  readonly held: string;
  readonly holds: string;
  readonly is_removed: boolean;
} & Record<string, unknown>;

/** Compares what budgets say is spent with the sums of usage, and what they say is held with the open holds (T5). */
export async function checkBudgets(
  tx: Transaction,
): Promise<{ readonly periods: number; readonly findings: readonly Finding[] }> {
  const { rows } = await tx.execute<Row>(sql`
    SELECT id::text AS budget_id, user_id, environment, subject, subject_id, tag_value, period,
      period_start::text AS period_start, spent::text AS spent, held::text AS held, removed_at IS NOT NULL AS is_removed,
      coalesce((
        SELECT sum(amount) FROM budget_hold_parts AS part JOIN budget_holds AS hold ON hold.id = part.hold_id
        WHERE part.budget_id = budgets.id AND part.period_start = budget_periods.period_start AND state = 'open'
      ), 0)::text AS holds
    FROM budgets JOIN budget_periods ON budget_periods.budget_id = budgets.id
    ORDER BY budgets.id, period_start`);
  const findings: Finding[] = [];
  for (const row of rows) {
    const where = `budget ${row.budget_id} ${row.period_start}`;
    if (!money(row.held).eq(row.holds))
      findings.push({ what: 'held', place: where, expected: row.holds, found: row.held });
    // A removed budget has stopped counting.
    if (row.is_removed) continue;
    const budget = {
      userId: row.user_id,
      environment: row.environment,
      subject: row.subject,
      subjectId: row.subject_id,
      tagValue: row.tag_value,
      period: row.period,
    };
    const expected = await countSpent(tx, budget, row.period_start);
    if (!expected.eq(row.spent))
      findings.push({ what: 'spent', place: where, expected: expected.toFixed(), found: row.spent });
  }
  return { periods: rows.length, findings };
}
