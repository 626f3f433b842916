import { isProblem, type KeyCaller, type Problem, refuse, uuidv7 } from '@keyward/guard';
import { type Database, type Transaction, transact } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { shareAccount } from '../accounts/lock-account.ts';
import { readBudgets, readTeamIds } from '../accounts/read-dimensions.ts';
import { budgetHoldParts, budgetHolds } from '../database/budget-tables.ts';
import { type Money, moneyText, noMoney } from '../money.ts';
import type { Catalogue } from '../prices/catalogue.ts';
import { type ActiveBudget, concerns } from './active-budget.ts';
import { periodStart } from './budget-period.ts';
import { type CallBound, upperBound } from './call-bound.ts';
import { endHolds } from './end-holds.ts';
import { moveBudgets } from './move-budgets.ts';

/** How long a call may take before what was held for it is given back, milliseconds. */
export const holdMsDefault = 15 * 60_000;

export interface CallToHold extends CallBound {
  readonly tags?: Readonly<Record<string, string>> | null;
  /** Default 15 minutes: longer than any call is let live. */
  readonly holdMs?: number;
}

/** What is reserved for a call that is under way. */
export interface Hold {
  readonly id: string;
  readonly amount: Money;
  /** When the call counts as made: its event is booked at this moment, so that it meets the period it was held in. */
  readonly heldAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * Reserves the most that a call can cost in every hard budget that it counts for, all or nothing, exact over all nodes (T5).
 * Undefined: no hard budget concerns it. 402 `budget_spent`: one has no room. 422 `unpriced_model`: no price, no bound.
 * 422 `invalid_request`: nothing bounds the answer.
 * Then one of: `recordEvents` with the event at `heldAtMs` and its hold, which books the call and ends the hold in one
 * transaction; `releaseHold`, for a call that cost nothing. A hold that meets neither expires.
 */
export async function holdForCall(
  { database, catalogue }: { readonly database: Database; readonly catalogue: Catalogue },
  caller: KeyCaller,
  call: CallToHold,
  nowMs: number,
): Promise<Hold | Problem | undefined> {
  return transact(database.orm, async (tx): Promise<Hold | Problem | undefined> => {
    await shareAccount(tx, caller);
    const teamIds = await readTeamIds(tx, caller);
    const belonging = { userId: caller.userId, keyId: caller.keyId, teamIds, tags: call.tags ?? null };
    const budgets = await readBudgets(tx, caller, teamIds);
    const hard = budgets.filter((budget) => budget.isHard && concerns(budget, belonging));
    if (hard.length === 0) return undefined;
    const amount = upperBound(catalogue, call, nowMs);
    if (isProblem(amount)) return amount;
    const full = await reserve(tx, hard, amount, nowMs);
    return full === undefined ? writeHold(tx, caller, hard, { amount, nowMs, call }) : noRoom(full);
  });
}

/** Gives back what was held for a call that cost nothing. Twice is as good as once. */
export async function releaseHold(database: Database, holdId: string, nowMs: number): Promise<void> {
  await database.orm.transaction(async (tx) => {
    const endings = [{ holdId, cost: noMoney }];
    await moveBudgets(tx, await endHolds(tx, endings, { state: 'released', nowMs }));
  });
}

/** Adds to `held` wherever there is room. The first budget that has none; then the transaction must not commit. */
async function reserve(
  tx: Transaction,
  budgets: readonly ActiveBudget[],
  amount: Money,
  nowMs: number,
): Promise<ActiveBudget | undefined> {
  const { rows } = await tx.execute<{ budget_id: string }>(sql`
    INSERT INTO budget_periods AS standing (budget_id, period_start, held)
    SELECT budgets.id, start, ${moneyText(amount)}::numeric
    FROM unnest(
      ${sql.param(budgets.map(({ id }) => id))}::uuid[],
      ${sql.param(budgets.map(({ period }) => periodStart(period, nowMs)))}::date[]
    ) AS wanted (id, start) JOIN budgets ON budgets.id = wanted.id
    WHERE ${moneyText(amount)}::numeric <= limit_cost
    ORDER BY budgets.id, start
    ON CONFLICT (budget_id, period_start) DO UPDATE SET held = standing.held + excluded.held
    WHERE standing.spent + standing.held + excluded.held
      <= (SELECT limit_cost FROM budgets WHERE budgets.id = standing.budget_id)
    RETURNING budget_id`);
  const reserved = new Set(rows.map((row) => row.budget_id));
  return budgets.find(({ id }) => !reserved.has(id));
}

async function writeHold(
  tx: Transaction,
  { userId, environment, keyId }: KeyCaller,
  budgets: readonly ActiveBudget[],
  { amount, nowMs, call }: { readonly amount: Money; readonly nowMs: number; readonly call: CallToHold },
): Promise<Hold> {
  const id = uuidv7(nowMs);
  const expiresAtMs = nowMs + (call.holdMs ?? holdMsDefault);
  await tx.insert(budgetHolds).values({
    id,
    userId,
    environment,
    keyId,
    amount: moneyText(amount),
    state: 'open',
    createdAt: new Date(nowMs),
    expiresAt: new Date(expiresAtMs),
  });
  await tx.insert(budgetHoldParts).values(
    budgets.map((budget) => ({
      holdId: id,
      budgetId: budget.id,
      periodStart: periodStart(budget.period, nowMs),
    })),
  );
  return { id, amount, heldAtMs: nowMs, expiresAtMs };
}

/** Says which kind of budget it was; how much is in it is for those who may see it. */
function noRoom({ subject, period }: ActiveBudget): Problem {
  const when = period === 'total' ? '' : ` of this ${period}`;
  return refuse('budget_spent', { detail: `The ${subject} budget${when} has no room for the call.` });
}
