import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { type Money, money, moneyText, noMoney } from '../money.ts';
import type { BudgetMove } from './move-budgets.ts';

interface Ending {
  readonly state: 'settled' | 'released';
  /** What the call came to. */
  readonly cost: Money;
  readonly nowMs: number;
}

interface Row extends Record<string, unknown> {
  was_open: boolean;
  amount: string;
  parts: { budget_id: string; period_start: string }[];
}

/**
 * Ends a hold, and says what that moves in its budgets. One that has expired holds nothing any more: then all of the cost is
 * beyond it. One that has been settled or released is left as it is.
 */
export async function endHold(
  tx: Transaction,
  holdId: string,
  { state, cost, nowMs }: Ending,
): Promise<BudgetMove[]> {
  const { rows } = await tx.execute<Row>(sql`
    WITH found AS (
      SELECT id, state, amount FROM budget_holds
      WHERE id = ${holdId}::uuid AND state IN ('open', 'expired') FOR UPDATE)
    SELECT state = 'open' AS was_open, amount::text AS amount,
      (SELECT jsonb_agg(jsonb_build_object('budget_id', budget_id, 'period_start', period_start))
        FROM budget_hold_parts WHERE hold_id = found.id) AS parts
    FROM found`);
  const [hold] = rows;
  if (hold === undefined) return [];
  const held = hold.was_open ? money(hold.amount) : noMoney;
  const beyond = cost.minus(held);
  const overdraw = beyond.isPositive() ? beyond : noMoney;
  await tx.execute(sql`
    UPDATE budget_holds SET state = ${state}, overdraw = ${moneyText(overdraw)}::numeric,
      ended_at = ${new Date(nowMs).toISOString()}::timestamptz
    WHERE id = ${holdId}::uuid`);
  return hold.parts.map((part) => ({
    budgetId: part.budget_id,
    periodStart: part.period_start,
    spent: noMoney,
    held: held.negated(),
    overdraw,
  }));
}
