import type { Environment } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { moveSums } from './move-sums.ts';

interface UsageMoved {
  readonly usage_events: number;
  /** Events whose id the new owner had given to another event. */
  readonly renamed_event_ids: number;
}

/** One statement moves so many: none comes near the time after which it would be given up. */
const eventsAtOnce = 20_000;

const environments: readonly Environment[] = ['live', 'test'];

/** Makes one person's usage events another's, and their part of the sums with them: what both had stays the same in sum. */
export async function moveUsage(tx: Transaction, from: string, to: string): Promise<UsageMoved> {
  const renamed = await renameCommonIds(tx, from, to);
  let moved = 0;
  for (const environment of environments) {
    let after: string | null = '';
    while (after !== null) {
      const piece: Piece = await moveEvents(tx, { from, to, environment, after });
      if (piece.ids.length > 0) await moveSums(tx, { from, to, environment, ids: piece.ids });
      moved += piece.ids.length;
      after = piece.last;
    }
  }
  // Sums that are empty now; one that an event is being added to at this moment is not.
  await tx.execute(sql`DELETE FROM usage_by_day WHERE user_id = ${from} AND events = 0`);
  await tx.execute(sql`DELETE FROM usage_by_quarter WHERE user_id = ${from} AND events = 0`);
  return { usage_events: moved, renamed_event_ids: renamed };
}

interface Piece {
  readonly ids: readonly string[];
  /** The last event id of it, in the order of bytes; null when nothing was left. */
  readonly last: string | null;
}

/** Gives the events behind the event id `after` to the new owner, as many as one statement may. */
async function moveEvents(
  tx: Transaction,
  { from, to, environment, after }: { from: string; to: string; environment: Environment; after: string },
): Promise<Piece> {
  const { rows } = await tx.execute<{ ids: string[]; last: string | null }>(sql`
    WITH moved AS (
      UPDATE usage_events SET user_id = ${to}
      WHERE id IN (
        SELECT id FROM usage_events
        WHERE user_id = ${from} AND environment = ${environment} AND event_id > ${after}
        ORDER BY event_id LIMIT ${eventsAtOnce})
      RETURNING id, event_id)
    SELECT coalesce(array_agg(id::text), '{}') AS ids, max(event_id COLLATE "C") AS last FROM moved`);
  return rows[0] ?? { ids: [], last: null };
}

/**
 * An event id stands for one event of an owner. Where both have one of the same id, both happened and both count: the moved
 * one is called by its own id, as if none had been sent. If it is sent once more, the id stands for the other event.
 */
async function renameCommonIds(tx: Transaction, from: string, to: string): Promise<number> {
  const renamed = await tx.execute(sql`
    UPDATE usage_events AS mine SET event_id = mine.id::text
    FROM usage_events AS theirs
    WHERE mine.user_id = ${from} AND theirs.user_id = ${to}
      AND theirs.environment = mine.environment AND theirs.event_id = mine.event_id`);
  return renamed.rowCount ?? 0;
}
