import type { Transaction } from '@keyward/guard/database';
import { noMoney } from '../money.ts';
import type { PreparedEvent } from '../usage/prepare-event.ts';
import { type ActiveBudget, type Belonging, concerns } from './active-budget.ts';
import { alertBudgets } from './alert-budgets.ts';
import { periodStart } from './budget-period.ts';
import { endHolds } from './end-holds.ts';
import { type BudgetMove, moveBudgets } from './move-budgets.ts';

/** An event that has a place and a cost. */
export interface Spending extends Belonging, Pick<PreparedEvent, 'eventId' | 'occurredAtMs' | 'cost'> {
  readonly tags: PreparedEvent['tags'];
}

/**
 * Books what events cost in every budget that they count for, in the period in which they happened, and ends the holds
 * that were made for them (by event id): in one move, so that what was held is never free in between (T5).
 */
export async function spendBudgets(
  tx: Transaction,
  budgets: readonly ActiveBudget[],
  events: readonly Spending[],
  { nowMs, holds }: { readonly nowMs: number; readonly holds: ReadonlyMap<string, string> },
): Promise<void> {
  if (budgets.length === 0 && holds.size === 0) return;
  const moves = new Map<string, BudgetMove>();
  for (const budget of budgets) {
    for (const event of events) {
      const start = periodStart(budget.period, event.occurredAtMs);
      if (event.cost === null || start < budget.since || !concerns(budget, event)) continue;
      addMove(moves, { ...nothing, budgetId: budget.id, periodStart: start, spent: event.cost });
    }
  }
  const costs = new Map(events.map(({ eventId, cost }) => [eventId, cost ?? noMoney]));
  // An event that had been booked before costs nothing now, and what was held for it is free.
  const endings = [...holds].map(([eventId, holdId]) => ({ holdId, cost: costs.get(eventId) ?? noMoney }));
  for (const move of await endHolds(tx, endings, { state: 'settled', nowMs })) addMove(moves, move);
  const moved = await moveBudgets(tx, [...moves.values()]);
  await alertBudgets(tx, budgets, moved, nowMs);
}

const nothing = { spent: noMoney, held: noMoney, overdraw: noMoney };

function addMove(moves: Map<string, BudgetMove>, move: BudgetMove): void {
  const key = `${move.budgetId} ${move.periodStart}`;
  const before = moves.get(key) ?? { ...move, ...nothing };
  moves.set(key, {
    ...before,
    spent: before.spent.plus(move.spent),
    held: before.held.plus(move.held),
    overdraw: before.overdraw.plus(move.overdraw),
  });
}
