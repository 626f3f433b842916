import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { type Money, money, moneyText, noMoney } from '../money.ts';
import type { BudgetMove } from './move-budgets.ts';

/** A hold, and what its call came to. */
export interface HoldEnding {
  readonly holdId: string;
  readonly cost: Money;
}

interface Row extends Record<string, unknown> {
  held: string;
  overdraw: string;
  parts: { budget_id: string; period_start: string }[];
}

/**
 * Ends holds, and says what that moves in their budgets. One that has expired holds nothing any more: then all of the cost is
 * beyond it. One that has been settled or released is left as it is.
 */
export async function endHolds(
  tx: Transaction,
  endings: readonly HoldEnding[],
  { state, nowMs }: { readonly state: 'settled' | 'released'; readonly nowMs: number },
): Promise<BudgetMove[]> {
  if (endings.length === 0) return [];
  const { rows } = await tx.execute<Row>(sql`
    WITH given AS (
      SELECT * FROM unnest(
        ${sql.param(endings.map(({ holdId }) => holdId))}::uuid[],
        ${sql.param(endings.map(({ cost }) => moneyText(cost)))}::numeric[]
      ) AS given (id, cost)),
    found AS (
      SELECT id, CASE state WHEN 'open' THEN amount ELSE 0 END AS held FROM budget_holds
      WHERE id IN (SELECT id FROM given) AND state IN ('open', 'expired') ORDER BY id FOR UPDATE),
    ended AS (
      UPDATE budget_holds AS hold SET state = ${state}, overdraw = greatest(cost - held, 0),
        ended_at = ${new Date(nowMs).toISOString()}::timestamptz
      FROM found JOIN given USING (id) WHERE hold.id = found.id
      RETURNING hold.id, held, hold.overdraw)
    SELECT held::text AS held, overdraw::text AS overdraw,
      (SELECT jsonb_agg(jsonb_build_object('budget_id', budget_id, 'period_start', period_start))
        FROM budget_hold_parts WHERE hold_id = ended.id) AS parts
    FROM ended`);
  return rows.flatMap(({ held, overdraw, parts }) =>
    parts.map((part) => ({
      budgetId: part.budget_id,
      periodStart: part.period_start,
      spent: noMoney,
      held: money(held).negated(),
      overdraw: money(overdraw),
    })),
  );
}
