import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { blocksMax } from './add-block.ts';
import type { BlockRow, BlockTable } from './block-table.ts';
import { blocks } from './schema.ts';

export interface BlockReader {
  /** Reads all blocks in force; the table then holds these and no others. */
  readAll(): Promise<void>;
  /** Reads what no earlier look has seen. */
  readChanged(): Promise<void>;
}

interface Row extends Record<string, unknown> {
  readonly horizon: string;
  readonly id: string | null;
  readonly subject: string;
  readonly expires_at_ms: number | null;
  readonly is_removed: boolean;
}

/**
 * Reads blocks into a node's table. A look sees what every transaction below its horizon wrote, since these had all
 * ended; so the next one asks for what was written from there on, and misses nothing however late it was committed.
 */
export function createBlockReader({ orm }: Database, table: BlockTable): BlockReader {
  let horizon = '0';

  /** Rows that ended come first, so that there is room for the others. */
  const read = async (which: SQL): Promise<{ rows: BlockRow[]; seenTo: string }> => {
    const { rows } = await orm.execute<Row>(sql`
      SELECT now_is.horizon, id, subject, removed_at IS NOT NULL AS is_removed,
        (extract(epoch FROM expires_at) * 1000)::float8 AS expires_at_ms
      FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon) AS now_is
      LEFT JOIN ${blocks} ON ${which}
      ORDER BY removed_at IS NULL, created_at, id LIMIT ${blocksMax + 1}`);
    const found = rows.flatMap(({ id, subject, is_removed, expires_at_ms }) =>
      id === null ? [] : [{ id, subject, expiresAtMs: expires_at_ms, isRemoved: is_removed }],
    );
    return { rows: found, seenTo: rows[0]?.horizon ?? horizon };
  };

  const readAll = async (): Promise<void> => {
    const { rows, seenTo } = await read(
      sql`removed_at IS NULL AND (expires_at IS NULL OR expires_at > now() - interval '1 minute')`,
    );
    await table.replace(rows);
    horizon = seenTo;
  };

  return {
    readAll,
    async readChanged() {
      const { rows, seenTo } = await read(sql`changed_in >= ${horizon}::xid8`);
      if (rows.length > blocksMax) return readAll();
      await table.put(rows);
      horizon = seenTo;
    },
  };
}
