import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { type Money, money, moneyText } from '../money.ts';

/** What is to be added to a budget's period; `held` is negative where a hold ends. */
export interface BudgetMove {
  readonly budgetId: string;
  readonly periodStart: string;
  readonly spent: Money;
  readonly held: Money;
  readonly overdraw: Money;
}

/** A period after a move. */
export interface MovedBudget {
  readonly budgetId: string;
  readonly periodStart: string;
  readonly spent: Money;
  readonly alertedPercent: number;
}

interface Row extends Record<string, unknown> {
  budget_id: string;
  period_start: string;
  spent: string;
  alerted_percent: number;
}

/** Moves budgets, one row after the other in one order, so that concurrent transactions never wait in a circle. */
export async function moveBudgets(tx: Transaction, moves: readonly BudgetMove[]): Promise<MovedBudget[]> {
  if (moves.length === 0) return [];
  const array = (value: (move: BudgetMove) => string) => sql.param(moves.map(value));
  const { rows } = await tx.execute<Row>(sql`
    INSERT INTO budget_periods AS standing (budget_id, period_start, spent, held, overdraw)
    SELECT * FROM unnest(
      ${array((move) => move.budgetId)}::uuid[],
      ${array((move) => move.periodStart)}::date[],
      ${array((move) => moneyText(move.spent))}::numeric[],
      ${array((move) => moneyText(move.held))}::numeric[],
      ${array((move) => moneyText(move.overdraw))}::numeric[]
    ) AS moved (budget_id, period_start, spent, held, overdraw)
    ORDER BY budget_id, period_start
    ON CONFLICT (budget_id, period_start) DO UPDATE SET
      spent = standing.spent + excluded.spent,
      held = standing.held + excluded.held,
      overdraw = standing.overdraw + excluded.overdraw
    RETURNING budget_id, period_start::text AS period_start, spent::text AS spent, alerted_percent`);
  return rows.map((row) => ({
    budgetId: row.budget_id,
    periodStart: row.period_start,
    spent: money(row.spent),
    alertedPercent: row.alerted_percent,
  }));
}
