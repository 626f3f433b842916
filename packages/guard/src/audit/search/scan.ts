import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import type { Position, SearchedTime } from './conditions.ts';
import { leadRows, type Reading } from './lead-rows.ts';

/** What one batch of rows came to. */
export interface Scanned {
  /** Places of the rows that match, newest first, at most as many as were wanted. */
  readonly places: readonly Place[];
  /** The oldest row that was looked at. Undefined: there was none. */
  readonly last: Position | undefined;
  /** Nothing older is left. */
  readonly isEnd: boolean;
}

/** Where a row is. */
export type Place = Pick<Position, 'id' | 'moment'>;

/** Looks at the newest `batchRows` rows of a reading and picks the matching ones: its work has a bound. */
export async function scan(
  tx: Transaction,
  reading: Reading,
  time: SearchedTime,
  wanted: { readonly matching: SQL; readonly rows: number; readonly batchRows: number },
): Promise<Scanned> {
  const { matching, rows: most, batchRows } = wanted;
  const newest = sql`WHERE is_match ORDER BY created_at DESC, id DESC LIMIT ${most}`;
  const { rows } = await tx.execute<Row>(sql`
    WITH scanned AS MATERIALIZED (
      SELECT id, created_at, coalesce(${matching}, false) AS is_match
      FROM (${leadRows(reading, time, batchRows)}) AS audit_logs)
    SELECT ARRAY(SELECT id FROM scanned ${newest}) AS ids,
      ARRAY(SELECT created_at::text FROM scanned ${newest}) AS moments,
      (SELECT count(*)::int FROM scanned) AS count,
      last.id AS last_id, last.created_at AS last_at, last.created_at::text AS last_moment
    FROM (SELECT id, created_at FROM scanned ORDER BY created_at, id LIMIT 1) AS last`);
  const [row] = rows;
  if (row === undefined) return { places: [], last: undefined, isEnd: true };
  return {
    places: row.ids.map((id, at) => ({ id, moment: row.moments[at] ?? '' })),
    last: { id: row.last_id, createdAt: new Date(row.last_at), moment: row.last_moment },
    isEnd: row.count < batchRows,
  };
}

type Row = {
  ids: string[];
  moments: string[];
  count: number;
  last_id: string;
  last_at: Date;
  last_moment: string;
};
