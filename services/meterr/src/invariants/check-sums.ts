import type { Transaction } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import type { Finding } from './check-invariants.ts';

interface Row extends Record<string, unknown> {
  place: string;
  expected: string;
  found: string;
}

/** Compares an account's sums with its events, month by month. */
export async function checkSums(
  tx: Transaction,
  account: Account,
): Promise<{ readonly events: number; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  let events = 0;
  for (const month of await listMonths(tx, account)) {
    const inMonth = (column: SQL) => sql`${column} >= ${month}::timestamp AT TIME ZONE 'UTC'
      AND ${column} < (${month}::timestamp + interval '1 month') AT TIME ZONE 'UTC'`;
    const { rows } = await tx.execute<{ events: string }>(sql`
      SELECT count(*)::text AS events FROM usage_events WHERE ${isOf(account)} AND ${inMonth(sql`occurred_at`)}`);
    events += Number.parseInt(rows[0]?.events ?? '0', 10);
    for (const { what, counted, held } of comparisons(account, inMonth)) {
      const found = await tx.execute<Row>(compare(counted, held));
      findings.push(...found.rows.map((row) => ({ what, ...row, place: `${nameOf(account)} ${row.place}` })));
    }
  }
  return { events, findings };
}

interface Comparison {
  readonly what: Finding['what'];
  /** Both answer `place` and the figures. */
  readonly counted: SQL;
  readonly held: SQL;
}

function comparisons(account: Account, inMonth: (column: SQL) => SQL): Comparison[] {
  const mine = isOf(account);
  const events = sql`usage_events WHERE ${mine} AND ${inMonth(sql`occurred_at`)}`;
  const quarter = sql`date_bin('15 minutes', occurred_at, '1970-01-01Z'::timestamptz)`;
  return [
    {
      what: 'usage_by_day',
      counted: sql`SELECT ${place(sql`(occurred_at AT TIME ZONE 'UTC')::date`, sql`key_id`)}, ${sums} FROM ${events} GROUP BY 1`,
      held: sql`SELECT ${place(sql`day`, sql`key_id`)}, ${figures} FROM usage_by_day
        WHERE ${mine} AND ${inMonth(sql`(day::timestamp AT TIME ZONE 'UTC')`)}`,
    },
    {
      what: 'usage_by_quarter',
      counted: sql`SELECT ${place(quarter, sql`key_id`)}, ${sums} FROM ${events} GROUP BY 1`,
      held: sql`SELECT ${place(sql`quarter`, sql`key_id`)}, ${figures} FROM usage_by_quarter
        WHERE ${mine} AND ${inMonth(sql`quarter`)}`,
    },
    {
      what: 'usage_by_tag',
      counted: sql`SELECT ${place(quarter, sql`label.key, label.value`)}, ${sums}
        FROM (SELECT * FROM ${events}) AS event, jsonb_each_text(coalesce(tags, '{}')) AS label GROUP BY 1`,
      held: sql`SELECT ${place(sql`quarter`, sql`tag, value`)}, ${figures} FROM usage_by_tag
        WHERE ${mine} AND ${inMonth(sql`quarter`)}`,
    },
    {
      what: 'usage_by_team',
      counted: sql`SELECT ${place(quarter, sql`team_id`)}, ${sums}
        FROM (SELECT * FROM ${events}) AS event, unnest(team_ids) AS team_id GROUP BY 1`,
      held: sql`SELECT ${place(sql`quarter`, sql`team_id`)}, ${figures} FROM usage_by_team
        JOIN teams ON teams.id = team_id
        WHERE user_id = ${account.userId} AND environment = ${account.environment} AND ${inMonth(sql`quarter`)}`,
    },
  ];
}

const place = (start: SQL, more: SQL) => sql`jsonb_build_array(${start}, provider, model, ${more}) AS place`;

const sums = sql`count(*)::numeric AS events, count(*) FILTER (WHERE cost IS NULL)::numeric AS unpriced_events,
  sum(total_tokens) AS tokens, coalesce(sum(cost), 0) AS cost`;

const figures = sql`events::numeric AS events, unpriced_events::numeric AS unpriced_events, tokens, cost`;

/** A row that is missing on one side is a row of zeros. */
function compare(counted: SQL, held: SQL): SQL {
  const rowOf = (
    side: SQL,
  ) => sql`concat_ws(' ', coalesce(${side}.events, 0), coalesce(${side}.unpriced_events, 0),
    coalesce(${side}.tokens, 0), trim_scale(coalesce(${side}.cost, 0)))`;
  return sql`
    SELECT place::text AS place, ${rowOf(sql`counted`)} AS expected, ${rowOf(sql`held`)} AS found
    FROM (${counted}) AS counted FULL JOIN (${held}) AS held USING (place)
    WHERE ${rowOf(sql`counted`)} <> ${rowOf(sql`held`)}`;
}

/** The first days of all months that have events or sums. */
async function listMonths(tx: Transaction, account: Account): Promise<string[]> {
  const mine = isOf(account);
  const { rows } = await tx.execute<{ month: string }>(sql`
    WITH bounds AS (
      SELECT min(at) AS first, max(at) AS last FROM (
        (SELECT occurred_at AS at FROM usage_events WHERE ${mine} ORDER BY occurred_at LIMIT 1)
        UNION ALL (SELECT occurred_at FROM usage_events WHERE ${mine} ORDER BY occurred_at DESC LIMIT 1)
        UNION ALL SELECT day::timestamp AT TIME ZONE 'UTC' FROM usage_by_day WHERE ${mine}
        UNION ALL SELECT quarter FROM usage_by_quarter WHERE ${mine}
        UNION ALL SELECT quarter FROM usage_by_tag WHERE ${mine}) AS moments)
    SELECT to_char(month, 'YYYY-MM-DD') AS month FROM bounds, generate_series(
      date_trunc('month', first AT TIME ZONE 'UTC'), date_trunc('month', last AT TIME ZONE 'UTC'), '1 month') AS month`);
  return rows.map(({ month }) => month);
}

function isOf({ userId, environment }: Account): SQL {
  return sql`user_id = ${userId} AND environment = ${environment}`;
}

const nameOf = ({ userId, environment }: Account) => `${userId} ${environment}`;
