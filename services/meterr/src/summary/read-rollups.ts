import type { KeyCaller } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';
import { type Money, money } from '../money.ts';

export interface SummaryRange {
  /** `YYYY-MM-DD`, both included, in the time zone. */
  readonly startDate: string;
  readonly endDate: string;
  readonly groupBy: 'day' | 'week' | 'month';
  /** An IANA name that `isTimeZone` has accepted. */
  readonly timeZone: string;
  readonly provider: string | undefined;
  readonly model: string | undefined;
}

export interface SummaryRow {
  readonly date: string;
  readonly model: string;
  readonly events: bigint;
  readonly unpricedEvents: bigint;
  readonly tokens: bigint;
  readonly cost: Money;
}

interface Row extends Record<string, unknown> {
  date: string;
  model: string;
  events: string;
  unpriced_events: string;
  tokens: string;
  cost: string;
}

/**
 * The owner's sums by period and model. UTC days are kept as such; the days of any other zone are put together from
 * quarter hours, which no zone of today cuts. Undefined when the database does not know the zone.
 */
export async function readRollups(
  database: Database,
  owner: KeyCaller,
  range: SummaryRange,
): Promise<SummaryRow[] | undefined> {
  const query = sql`
    SELECT to_char(period, 'YYYY-MM-DD') AS date, model, sum(events)::text AS events,
      sum(unpriced_events)::text AS unpriced_events, sum(tokens)::text AS tokens, sum(cost)::text AS cost
    FROM (${range.timeZone === 'UTC' ? fromDays(owner, range) : fromQuarters(owner, range)}) AS held
    GROUP BY period, model
    ORDER BY period, model`;
  const rows = await rowsInKnownZone(database, query);
  return rows?.map((row) => ({
    date: row.date,
    model: row.model,
    events: BigInt(row.events),
    unpricedEvents: BigInt(row.unpriced_events),
    tokens: BigInt(row.tokens),
    cost: money(row.cost),
  }));
}

function fromDays(owner: KeyCaller, range: SummaryRange): SQL {
  return sql`
    SELECT date_trunc(${range.groupBy}::text, day::timestamp) AS period, model, events, unpriced_events, tokens, cost
    FROM usage_by_day
    WHERE user_id = ${owner.userId} AND environment = ${owner.environment}
      AND day BETWEEN ${range.startDate}::date AND ${range.endDate}::date${only(range)}`;
}

function fromQuarters(owner: KeyCaller, range: SummaryRange): SQL {
  const zone = sql`${range.timeZone}::text`;
  return sql`
    SELECT date_trunc(${range.groupBy}::text, quarter AT TIME ZONE ${zone}) AS period,
      model, events, unpriced_events, tokens, cost
    FROM usage_by_quarter
    WHERE user_id = ${owner.userId} AND environment = ${owner.environment}
      AND quarter >= ${range.startDate}::date::timestamp AT TIME ZONE ${zone}
      AND quarter < (${range.endDate}::date + 1)::timestamp AT TIME ZONE ${zone}${only(range)}`;
}

function only({ provider, model }: SummaryRange): SQL {
  const byProvider = provider === undefined ? sql`` : sql` AND provider = ${provider}`;
  const byModel = model === undefined ? sql`` : sql` AND model = ${model}`;
  return sql`${byProvider}${byModel}`;
}

/** Node's list of zones and PostgreSQL's come from different releases of the same data. */
async function rowsInKnownZone(database: Database, query: SQL): Promise<readonly Row[] | undefined> {
  try {
    return (await database.orm.execute<Row>(query)).rows;
  } catch (error) {
    if (sqlState(error) === invalidParameterValue) return undefined;
    throw error;
  }
}

const invalidParameterValue = '22023';

function sqlState(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
