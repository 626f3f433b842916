import type { Database } from '../../database/database.ts';
import type { AuditRow } from '../audit-row.ts';
import type { ArchivedRows } from './archived-rows.ts';
import type { AuditFilter } from './audit-filter.ts';
import type { AuditCursor } from './conditions.ts';
import { rowMatches } from './row-matches.ts';
import { searchAuditPage } from './search-audit.ts';

const pageRows = 500;

export interface EachRowOptions {
  /** Months that are no longer in the database. Default: none are searched. */
  readonly archived?: ArchivedRows | undefined;
  /** Aborted, the walk throws its reason before the next page: what is not whole must not look so. */
  readonly signal?: AbortSignal;
  /** Rows that are asked of the database at once. Default 500. */
  readonly pageRows?: number;
}

/** Rows of the audit log, newest first, at most `limit`: goes on until there are so many or no more, however long it takes. */
export async function searchAudit(
  database: Database,
  filter: AuditFilter,
  limit: number,
  options: EachRowOptions = {},
): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  const each = eachAuditRow(database, filter, { pageRows: Math.min(limit, 1_000), ...options });
  for await (const row of each) {
    rows.push(row);
    if (rows.length === limit) break;
  }
  return rows;
}

/**
 * All rows of a filter, newest first, a page at a time: for exports of any size. The log is append only, so each row that
 * was there when it began comes exactly once; no transaction stays open meanwhile.
 */
export async function* eachAuditRow(
  database: Database,
  filter: AuditFilter,
  options: EachRowOptions = {},
): AsyncGenerator<AuditRow> {
  const { archived, signal } = options;
  const archiveEnd = await archived?.endsAt();
  const online = eachOnlineRow(database, filter, options);
  if (archived === undefined || archiveEnd === undefined) return yield* online;
  const since = filter.since === undefined ? undefined : new Date(filter.since);
  const until = filter.until === undefined ? undefined : new Date(filter.until);
  const old = archived.each({ since, until, matches: rowMatches(filter), signal });
  // Archives are opened when it comes to their time; a row of theirs that came late is in the database.
  let next: IteratorResult<AuditRow> | undefined;
  try {
    for await (const row of online) {
      if (row.createdAt < archiveEnd) {
        next ??= await old.next();
        for (; next.done !== true && isNewer(next.value, row); next = await old.next()) yield next.value;
      }
      yield row;
    }
    if (next !== undefined && next.done !== true) yield next.value;
    signal?.throwIfAborted();
    for await (const row of old) yield row;
    signal?.throwIfAborted();
  } finally {
    await old.return(undefined);
  }
}

async function* eachOnlineRow(
  database: Database,
  filter: AuditFilter,
  { signal, pageRows: limit = pageRows }: EachRowOptions,
): AsyncGenerator<AuditRow> {
  let after: AuditCursor | undefined;
  do {
    signal?.throwIfAborted();
    const page = await searchAuditPage(database, filter, { limit, after });
    yield* page.rows;
    after = page.next;
  } while (after !== undefined);
}

function isNewer(a: AuditCursor, b: AuditCursor): boolean {
  const laterMs = a.createdAt.getTime() - b.createdAt.getTime();
  return laterMs > 0 || (laterMs === 0 && a.id > b.id);
}
