import { sql } from 'drizzle-orm';
import type { Orm } from '../../database/database.ts';
import { type Month, monthEnd } from './month.ts';

export interface OldMonth {
  readonly month: Month;
  /** Nodes whose journals may hold entries of it still. */
  readonly waitsFor: readonly string[];
}

export const dayMs = 86_400_000;
/** Clocks of nodes differ; a journal is past a month a day later. */
const clocksDifferMs = dayMs;

/** Months in the database that ended more than `onlineDays` before `nowMs`, oldest first, and what they wait for (A5). */
export async function oldMonths(orm: Orm, onlineDays: number, nowMs: number): Promise<OldMonth[]> {
  const { rows: partitions } = await orm.execute<{ name: string }>(
    sql`SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'public.audit_logs'::regclass ORDER BY relname`,
  );
  const { rows: nodes } = await orm.execute<{ id: string; updatedMs: number }>(
    sql`SELECT node_id AS id, extract(epoch FROM updated_at)::float8 * 1000 AS "updatedMs"
        FROM journal_positions WHERE rests_since IS NULL ORDER BY node_id`,
  );
  return partitions
    .map(({ name }) => name.replace(/^audit_logs_(\d{4})_(\d\d)$/, '$1-$2'))
    .filter((month) => monthEnd(month).getTime() + onlineDays * dayMs <= nowMs)
    .map((month) => {
      const isPast = (updatedMs: number) => updatedMs >= monthEnd(month).getTime() + clocksDifferMs;
      return { month, waitsFor: nodes.filter(({ updatedMs }) => !isPast(updatedMs)).map(({ id }) => id) };
    });
}
