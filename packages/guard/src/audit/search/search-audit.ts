import { desc, type SQL, sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../database/database.ts';
import { auditLogs } from '../../database/schema.ts';
import { type AuditRow, auditColumns } from '../audit-row.ts';
import type { AuditFilter } from './audit-filter.ts';
import { plannerSettings } from './choose-reading.ts';
import type { AuditCursor } from './conditions.ts';
import { findPlaces } from './find-places.ts';
import type { Place } from './scan.ts';

export interface AuditSearch {
  /** Rows at most. */
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: AuditCursor | undefined;
  /** Milliseconds after which the page ends with what has been found. Default 2,000. */
  readonly timeMs?: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly rows: readonly AuditRow[];
  /** Where to go on, also when the time was up before the page was full. Undefined: that was all. */
  readonly next: AuditCursor | undefined;
}

/**
 * One page of the rows of the database that match, newest first, in bounded time whatever is looked for (A6): rows are
 * read by the index that leads to the fewest, some thousands at a time, and when the time is up the page ends where the
 * reading stands.
 */
export async function searchAuditPage(
  database: Database,
  filter: AuditFilter,
  search: AuditSearch,
): Promise<AuditPage> {
  const { limit } = search;
  return database.orm.transaction(
    async (tx) => {
      await tx.execute(plannerSettings);
      const { places, stoppedAt } = await findPlaces(tx, filter, search);
      const rows = await rowsAt(tx, places.slice(0, limit));
      return { rows, next: places.length > limit ? rows.at(-1) : stoppedAt };
    },
    { accessMode: 'read only' },
  );
}

async function rowsAt(tx: Transaction, places: readonly Place[]): Promise<AuditRow[]> {
  if (places.length === 0) return [];
  return tx
    .select(auditColumns)
    .from(auditLogs)
    .where(isAtOneOf(places))
    .orderBy(desc(auditLogs.createdAt), desc(auditLogs.id));
}

function isAtOneOf(places: readonly Place[]): SQL {
  const times = sql`${sql.param(places.map(({ moment }) => moment))}::timestamptz[]`;
  const ids = sql`${sql.param(places.map(({ id }) => id))}::text[]`;
  return sql`(${auditLogs.createdAt}, ${auditLogs.id}) IN (SELECT * FROM unnest(${times}, ${ids}))`;
}
