import type { Job } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { money, noMoney } from '../money.ts';
import { moveBudgets } from './move-budgets.ts';

const atOnce = 500;
/** How long an ended hold can still be looked at. */
const keptMs = 30 * 24 * 3_600_000;

/** Gives back what was held for calls that never came to an end: their node died (T5). */
export function expireHolds(database: Database): Job<'meterr-expire-holds'> {
  return {
    name: 'meterr-expire-holds',
    schedule: '@every 30s',
    async run(_input, { clock, signal }) {
      let expired: number;
      do expired = await expireSome(database, clock.now());
      while (expired === atOnce && !signal.aborted);
      await forgetEnded(database, clock.now());
    },
  };
}

interface Row extends Record<string, unknown> {
  holds: number;
  budget_id: string | null;
  period_start: string | null;
  amount: string | null;
}

/** Ends holds whose time is over, at most 500 at once. How many. */
export async function expireSome(database: Database, nowMs: number): Promise<number> {
  const now = new Date(nowMs).toISOString();
  return database.orm.transaction(async (tx) => {
    const { rows } = await tx.execute<Row>(sql`
      WITH due AS (
        SELECT id FROM budget_holds WHERE state = 'open' AND expires_at <= ${now}::timestamptz
        ORDER BY id LIMIT ${atOnce} FOR UPDATE SKIP LOCKED),
      ended AS (
        UPDATE budget_holds AS hold SET state = 'expired', ended_at = ${now}::timestamptz
        FROM due WHERE hold.id = due.id RETURNING hold.id, hold.amount)
      SELECT (SELECT count(*)::int FROM ended) AS holds, budget_id::text, period_start::text, sum(amount)::text AS amount
      FROM ended LEFT JOIN budget_hold_parts ON hold_id = ended.id
      GROUP BY budget_id, period_start`);
    await moveBudgets(
      tx,
      rows.flatMap(({ budget_id, period_start, amount }) =>
        budget_id === null || period_start === null || amount === null
          ? []
          : [
              {
                budgetId: budget_id,
                periodStart: period_start,
                spent: noMoney,
                held: money(amount).negated(),
                overdraw: noMoney,
              },
            ],
      ),
    );
    return rows[0]?.holds ?? 0;
  });
}

async function forgetEnded(database: Database, nowMs: number): Promise<void> {
  const before = new Date(nowMs - keptMs).toISOString();
  await database.orm.execute(sql`
    DELETE FROM budget_holds WHERE state <> 'open' AND ended_at < ${before}::timestamptz`);
}
