import type { Database, Transaction } from '@keyward/guard/database';
import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { budgets } from '../database/budget-tables.ts';
import { isId, type Position } from '../fields.ts';
import { type Money, money } from '../money.ts';
import { periodStart } from './budget-period.ts';

export type Budget = typeof budgets.$inferSelect;

/** What a period has come to. */
export interface PeriodState {
  readonly start: string;
  readonly spent: Money;
  readonly held: Money;
  readonly overdraw: Money;
}

/** A budget of the caller's, or of a team that the caller leads; any other is as absent as one that never was (R3). */
export async function findBudget(
  orm: Database['orm'] | Transaction,
  account: Account,
  id: string,
): Promise<Budget | undefined> {
  if (!isId(id)) return undefined;
  const [found] = await orm
    .select()
    .from(budgets)
    .where(and(eq(budgets.id, id), isSeenBy(account)));
  return found;
}

/** At most `rowsMax`, newest first. */
export async function listBudgets(
  database: Database,
  account: Account,
  after: Position | undefined,
  rowsMax: number,
): Promise<Budget[]> {
  const older =
    after &&
    sql`(${budgets.createdAt}, ${budgets.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`;
  return database.orm
    .select()
    .from(budgets)
    .where(and(isSeenBy(account), older))
    .orderBy(desc(budgets.createdAt), desc(budgets.id))
    .limit(rowsMax);
}

/** The running period of a budget. */
export async function readPeriod(
  orm: Database['orm'] | Transaction,
  budget: Budget,
  nowMs: number,
): Promise<PeriodState> {
  const start = periodStart(budget.period, nowMs);
  const { rows } = await orm.execute<{ spent: string; held: string; overdraw: string }>(sql`
    SELECT spent::text AS spent, held::text AS held, overdraw::text AS overdraw
    FROM budget_periods WHERE budget_id = ${budget.id}::uuid AND period_start = ${start}::date`);
  const row = rows[0] ?? { spent: '0', held: '0', overdraw: '0' };
  return { start, spent: money(row.spent), held: money(row.held), overdraw: money(row.overdraw) };
}

function isSeenBy({ userId, environment }: Account): SQL | undefined {
  const leads = sql`${budgets.subject} = 'team' AND EXISTS (
    SELECT 1 FROM team_members WHERE team_id::text = ${budgets.subjectId} AND user_id = ${userId}
      AND joined_at IS NOT NULL AND role IN ('owner', 'admin'))`;
  const owns = sql`${budgets.subject} <> 'team' AND ${budgets.userId} = ${userId}`;
  return and(eq(budgets.environment, environment), isNull(budgets.removedAt), sql`((${owns}) OR (${leads}))`);
}
