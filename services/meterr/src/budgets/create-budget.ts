import { type KeyCaller, type Problem, refuse, showKey, uuidv7 } from '@keyward/guard';
import { type Database, type Transaction, transact } from '@keyward/guard/database';
import { and, count, eq, isNull, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Account, lockAccounts } from '../accounts/lock-account.ts';
import { budgets, teamMembers } from '../database/budget-tables.ts';
import { money, moneyText } from '../money.ts';
import { findTeam } from '../teams/team-store.ts';
import { passedPercent } from './alert-budgets.ts';
import { periodStart } from './budget-period.ts';
import type { newBudget } from './contract.ts';
import { countSpent } from './count-spent.ts';
import type { Budget } from './read-budget.ts';

type NewBudget = z.output<typeof newBudget>;

const budgetsMax = 100;

/**
 * Sets a budget. While bookings that it concerns wait, it is given what its running period has come to, so that from its
 * first moment it says what the sums of usage say. 404 for a key or team of somebody else; 409 beyond 100 budgets.
 */
export async function createBudget(
  database: Database,
  caller: KeyCaller,
  wanted: NewBudget,
  nowMs: number,
): Promise<Budget | Problem> {
  return transact(database.orm, async (tx) => {
    const concerned = await whoseBookings(tx, caller, wanted);
    if (concerned === undefined) return refuse('not_found');
    await lockAccounts(tx, concerned);
    if (await hasTooMany(tx, caller)) return refuse('conflict', { detail: `At most ${budgetsMax} budgets.` });
    const budget = budgetOf(caller, wanted, nowMs);
    await tx.insert(budgets).values(budget);
    const spent = await countSpent(tx, budget, budget.since);
    // Nobody is told what the budget begins with: who sets it sees that.
    await tx.execute(sql`
      INSERT INTO budget_periods (budget_id, period_start, spent, alerted_percent)
      VALUES (${budget.id}::uuid, ${budget.since}::date, ${moneyText(spent)}::numeric,
        ${passedPercent(spent, money(budget.limitCost))})`);
    return budget;
  });
}

/** Undefined: the subject is somebody else's, or nobody's (R3). */
async function whoseBookings(
  tx: Transaction,
  caller: KeyCaller,
  { subject }: NewBudget,
): Promise<readonly Account[] | undefined> {
  const { userId, environment } = caller;
  if (subject.kind === 'key') {
    const key = await showKey(tx, subject.id);
    const isOwn = key?.userId === userId && key.environment === environment && key.service === caller.service;
    return isOwn ? [{ userId, environment }] : undefined;
  }
  if (subject.kind !== 'team') return [{ userId, environment }];
  const view = await findTeam(tx, caller, subject.id);
  if (view?.members === undefined || view.own.role === 'member') return undefined;
  const members = await tx.select().from(teamMembers).where(eq(teamMembers.teamId, view.team.id));
  return members.map((member) => ({ userId: member.userId, environment }));
}

async function hasTooMany(tx: Transaction, { userId, environment }: Account): Promise<boolean> {
  const [row] = await tx
    .select({ count: count() })
    .from(budgets)
    .where(and(eq(budgets.userId, userId), eq(budgets.environment, environment), isNull(budgets.removedAt)));
  return (row?.count ?? 0) >= budgetsMax;
}

function budgetOf({ userId, environment }: Account, wanted: NewBudget, nowMs: number): Budget {
  const { subject, period } = wanted;
  const ids = { user: userId, key: '', team: '', tag: '' };
  const subjectId = subject.kind === 'tag' ? subject.name : 'id' in subject ? subject.id : ids[subject.kind];
  const at = new Date(nowMs);
  return {
    id: uuidv7(nowMs),
    userId,
    environment,
    name: wanted.name,
    subject: subject.kind,
    subjectId,
    tagValue: subject.kind === 'tag' ? subject.value : null,
    period,
    since: periodStart(period, nowMs),
    limitCost: wanted.limit,
    isHard: wanted.hard,
    webhookUrl: wanted.webhook_url,
    createdAt: at,
    updatedAt: at,
    removedAt: null,
  };
}
