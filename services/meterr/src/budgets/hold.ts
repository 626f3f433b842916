import { isProblem, type KeyCaller, type Problem, refuse, uuidv7 } from '@keyward/guard';
import {
  type Database,
  fixedStatement,
  inOneTrip,
  type Transaction,
  transact,
} from '@keyward/guard/database';
import { shareAccount } from '../accounts/lock-account.ts';
import { dimensionsIn, readDimensions } from '../accounts/read-dimensions.ts';
import { type Money, moneyText, noMoney } from '../money.ts';
import type { Catalogue } from '../prices/catalogue.ts';
import { arrayText } from '../usage/array-text.ts';
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
    const [, ...dimensions] = await inOneTrip(tx, [shareAccount(caller), ...readDimensions(caller)]);
    const { teamIds, budgets } = dimensionsIn(dimensions);
    const belonging = { userId: caller.userId, keyId: caller.keyId, teamIds, tags: call.tags ?? null };
    const hard = budgets.filter((budget) => budget.isHard && concerns(budget, belonging));
    if (hard.length === 0) return undefined;
    const amount = upperBound(catalogue, call, nowMs);
    if (isProblem(amount)) return amount;
    const holdMs = call.holdMs ?? holdMsDefault;
    const held = await reserve(tx, { caller, budgets: hard, amount, nowMs, holdMs });
    return 'heldAtMs' in held ? held : noRoom(held);
  });
}

/** Gives back what was held for a call that cost nothing. Twice is as good as once. */
export async function releaseHold(database: Database, holdId: string, nowMs: number): Promise<void> {
  await database.orm.transaction(async (tx) => {
    const endings = [{ holdId, cost: noMoney }];
    await moveBudgets(tx, await endHolds(tx, endings, { state: 'released', nowMs }));
  });
}

interface NewHold {
  readonly caller: KeyCaller;
  readonly budgets: readonly ActiveBudget[];
  readonly amount: Money;
  readonly nowMs: number;
  readonly holdMs: number;
}

/**
 * Adds to `held` wherever there is room, and writes the hold beside it: in one round trip, since all calls of an account
 * wait for these rows. The first budget that has no room; then the transaction must not commit.
 */
async function reserve(tx: Transaction, hold: NewHold): Promise<Hold | ActiveBudget> {
  const { caller, budgets, amount, nowMs, holdMs } = hold;
  const id = uuidv7(nowMs);
  const expiresAtMs = nowMs + holdMs;
  const ids = arrayText(
    'uuid',
    budgets.map((budget) => budget.id),
  );
  const starts = arrayText(
    'text',
    budgets.map(({ period }) => periodStart(period, nowMs)),
  );
  const times = [nowMs, expiresAtMs].map((ms) => new Date(ms).toISOString());
  const { userId, environment, keyId } = caller;
  const [rows = []] = await inOneTrip(tx, [
    { statement: reserving, values: [moneyText(amount), ids, starts] },
    { statement: holding, values: [id, userId, environment, keyId, moneyText(amount), ...times] },
    { statement: parting, values: [id, ids, starts] },
  ]);
  const reserved = new Set(rows.map(([budgetId]) => budgetId));
  return budgets.find((budget) => !reserved.has(budget.id)) ?? { id, amount, heldAtMs: nowMs, expiresAtMs };
}

const reserving = fixedStatement(`
  INSERT INTO budget_periods AS standing (budget_id, period_start, held)
  SELECT budgets.id, start, $1::numeric
  FROM unnest($2::uuid[], $3::date[]) AS wanted (id, start) JOIN budgets ON budgets.id = wanted.id
  WHERE $1::numeric <= limit_cost
  ORDER BY budgets.id, start
  ON CONFLICT (budget_id, period_start) DO UPDATE SET held = standing.held + excluded.held
  WHERE standing.spent + standing.held + excluded.held
    <= (SELECT limit_cost FROM budgets WHERE budgets.id = standing.budget_id)
  RETURNING budget_id::text`);

const holding = fixedStatement(`
  INSERT INTO budget_holds (id, user_id, environment, key_id, amount, state, created_at, expires_at)
  VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::numeric, 'open', $6::timestamptz, $7::timestamptz)`);

const parting = fixedStatement(`
  INSERT INTO budget_hold_parts (hold_id, budget_id, period_start)
  SELECT $1::uuid, budget_id, start FROM unnest($2::uuid[], $3::date[]) AS part (budget_id, start)`);

/** Says which kind of budget it was; how much is in it is for those who may see it. */
function noRoom({ subject, period }: ActiveBudget): Problem {
  const when = period === 'total' ? '' : ` of this ${period}`;
  return refuse('budget_spent', { detail: `The ${subject} budget${when} has no room for the call.` });
}
