import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { type ActiveBudget, type BudgetRow, readBudgetRow } from '../budgets/active-budget.ts';
import type { Account } from './lock-account.ts';

/** The teams that somebody is in, oldest first. */
export async function readTeamIds(tx: Transaction, { userId, environment }: Account): Promise<string[]> {
  const { rows } = await tx.execute<{ team_id: string }>(sql`
    SELECT team_id::text AS team_id FROM team_members JOIN teams ON teams.id = team_id
    WHERE user_id = ${userId} AND joined_at IS NOT NULL AND removed_at IS NULL AND environment = ${environment}
    ORDER BY team_id`);
  return rows.map((row) => row.team_id);
}

/** The budgets that events of the account and these teams can count for; `concerns` tells which they do. */
export async function readBudgets(
  tx: Transaction,
  { userId, environment }: Account,
  teamIds: readonly string[],
): Promise<ActiveBudget[]> {
  const { rows } = await tx.execute<BudgetRow>(sql`
    SELECT id::text AS id, user_id, name, subject, subject_id, tag_value, period, since::text AS since,
      limit_cost::text AS limit_cost, is_hard, webhook_url
    FROM budgets
    WHERE removed_at IS NULL AND environment = ${environment} AND (
      (user_id = ${userId} AND subject <> 'team')
      OR (subject = 'team' AND subject_id = ANY(${sql.param(teamIds)}::text[])))
    ORDER BY id`);
  return rows.map(readBudgetRow);
}
