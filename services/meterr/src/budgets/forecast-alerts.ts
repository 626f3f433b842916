import type { Job } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { money } from '../money.ts';
import { type BudgetRow, readBudgetRow } from './active-budget.ts';
import { tellOwner } from './alert-budgets.ts';
import { forecastPeriod } from './budget-answer.ts';
import { periodStart } from './budget-period.ts';

const atOnce = 500;

/** Tells owners once in a period that it is going to pass its limit, while there is still something to do about it (T5). */
export function forecastAlerts(database: Database): Job<'meterr-budget-forecasts'> {
  return {
    name: 'meterr-budget-forecasts',
    schedule: '@every 900s',
    async run(_input, { clock, signal }) {
      let after: string | undefined = '00000000-0000-0000-0000-000000000000';
      while (after !== undefined && !signal.aborted) after = await alertSome(database, after, clock.now());
    },
  };
}

type Row = BudgetRow & { readonly period_start: string; readonly spent: string };

/** Looks at 500 budgets behind an id; the last of them, or undefined when there are no more. */
async function alertSome(database: Database, after: string, nowMs: number): Promise<string | undefined> {
  return database.orm.transaction(async (tx) => {
    const { rows } = await tx.execute<Row>(sql`
      SELECT id::text AS id, user_id, name, subject, subject_id, tag_value, period, since::text AS since,
        limit_cost::text AS limit_cost, is_hard, webhook_url, period_start::text AS period_start, spent::text AS spent
      FROM budgets JOIN budget_periods ON budget_id = id
      WHERE removed_at IS NULL AND id > ${after}::uuid AND NOT is_forecast_alerted AND spent < limit_cost
        AND ((period = 'day' AND period_start = ${periodStart('day', nowMs)}::date)
          OR (period = 'month' AND period_start = ${periodStart('month', nowMs)}::date))
      ORDER BY id LIMIT ${atOnce} FOR UPDATE OF budget_periods SKIP LOCKED`);
    for (const row of rows) {
      const budget = readBudgetRow(row);
      const spent = money(row.spent);
      const forecast = forecastPeriod(budget, { start: row.period_start, spent }, nowMs);
      if (forecast === null || forecast.lte(budget.limit)) continue;
      await tx.execute(sql`
        UPDATE budget_periods SET is_forecast_alerted = true
        WHERE budget_id = ${budget.id}::uuid AND period_start = ${row.period_start}::date`);
      await tellOwner(tx, budget, {
        event: 'budget.forecast',
        period: row.period_start,
        spent,
        percent: null,
      });
    }
    return rows.length === atOnce ? rows.at(-1)?.id : undefined;
  });
}
