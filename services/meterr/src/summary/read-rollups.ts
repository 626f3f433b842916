import type { Database } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { type Money, money } from '../money.ts';
import { dayParts, quarterParts, tagParts, teamParts } from './rollup-parts.ts';

/** What each period is split by. */
export const splits = ['model', 'provider', 'key', 'user', 'tag'] as const;
export type Split = (typeof splits)[number];

export interface SummaryRange {
  /** `YYYY-MM-DD`, both included, in the time zone. */
  readonly startDate: string;
  readonly endDate: string;
  readonly groupBy: 'day' | 'week' | 'month';
  /** An IANA name that `isTimeZone` has accepted. */
  readonly timeZone: string;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly by: Split;
  /** The name of the tag, where it is split by tag. */
  readonly tag: string | undefined;
  /** All of its members' usage instead of the caller's; not by key or tag, which are theirs alone. */
  readonly teamId: string | undefined;
}

export interface SummaryRow {
  readonly date: string;
  /** The model, provider, key, user or value of the tag; null: without the tag. */
  readonly part: string | null;
  readonly events: bigint;
  readonly unpricedEvents: bigint;
  readonly tokens: bigint;
  readonly cost: Money;
}

interface Row extends Record<string, unknown> {
  date: string;
  part: string | null;
  events: string;
  unpriced_events: string;
  tokens: string;
  cost: string;
}

/**
 * The sums by period and part. UTC days are kept as such; the days of any other zone are put together from quarter hours,
 * which no zone of today cuts. Undefined when the database does not know the zone.
 */
export async function readRollups(
  database: Database,
  owner: Account,
  range: SummaryRange,
): Promise<SummaryRow[] | undefined> {
  const query = sql`
    SELECT to_char(period, 'YYYY-MM-DD') AS date, part, sum(events)::text AS events,
      sum(unpriced_events)::text AS unpriced_events, sum(tokens)::text AS tokens, sum(cost)::text AS cost
    FROM (${parts(owner, range)}) AS held
    GROUP BY period, part HAVING sum(events) <> 0
    ORDER BY period, part NULLS LAST`;
  const rows = await rowsInKnownZone(database, query);
  return rows?.map((row) => ({
    date: row.date,
    part: row.part,
    events: BigInt(row.events),
    unpricedEvents: BigInt(row.unpriced_events),
    tokens: BigInt(row.tokens),
    cost: money(row.cost),
  }));
}

function parts(owner: Account, range: SummaryRange): SQL {
  if (range.teamId !== undefined) return teamParts(range.teamId, range);
  if (range.by === 'tag') return tagParts(owner, range, range.tag ?? '');
  return range.timeZone === 'UTC' ? dayParts(owner, range) : quarterParts(owner, range);
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
