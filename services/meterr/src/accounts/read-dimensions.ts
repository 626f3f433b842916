import { fixedStatement, type Row, type StatementToRun, type Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { type ActiveBudget, type BudgetRow, readBudgetRow } from '../budgets/active-budget.ts';
import type { Account } from './lock-account.ts';

/** What bookings and holds of an account count for. */
export interface Dimensions {
  readonly teamIds: readonly string[];
  /** `concerns` tells which events they are for. */
  readonly budgets: readonly ActiveBudget[];
}

/** The teams that the person `$1` is in, in the environment `$2`, by their `team_id`. */
export const teamsOfAccount = `
  SELECT team_id FROM team_members JOIN teams ON teams.id = team_id
  WHERE user_id = $1::text AND joined_at IS NOT NULL AND removed_at IS NULL AND environment = $2::text`;

/** The budgets that events of the same account can count for; `teams` is a relation of its teams. */
export const budgetsOfAccount = (teams: string): string => `
  SELECT budgets.* FROM budgets
  WHERE removed_at IS NULL AND environment = $2::text AND user_id = $1::text AND subject <> 'team'
  UNION ALL SELECT budgets.* FROM ${teams} AS team JOIN budgets ON subject_id = team_id::text
  WHERE removed_at IS NULL AND environment = $2::text AND subject = 'team'`;

const columns = `id::text AS id, user_id, name, subject, subject_id, tag_value, period, since::text AS since,
  limit_cost::text AS limit_cost, is_hard, webhook_url`;

const teams = fixedStatement(`${teamsOfAccount} ORDER BY team_id`);
const budgets = fixedStatement(`
  SELECT to_json(budget)::text FROM (
    SELECT ${columns} FROM (${budgetsOfAccount(`(${teamsOfAccount})`)}) AS found ORDER BY found.id) AS budget`);

/** Reads them; two answers, of which `dimensionsIn` makes sense. */
export function readDimensions({ userId, environment }: Account): StatementToRun[] {
  return [teams, budgets].map((statement) => ({ statement, values: [userId, environment] }));
}

export function dimensionsIn([teamRows = [], budgetRows = []]: readonly (readonly Row[])[]): Dimensions {
  return {
    teamIds: teamRows.flatMap(([id]) => id ?? []),
    budgets: budgetRows.flatMap(([row]) => (row ? [readBudgetRow(JSON.parse(row) as BudgetRow)] : [])),
  };
}

/** The budgets that events of the account can count for which were booked for these teams. */
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
