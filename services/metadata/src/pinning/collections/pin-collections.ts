import { isProblem, type Job } from '@keyward/guard';
import type { Orm, Transaction } from '@keyward/guard/database';
import { and, eq, inArray, isNotNull, isNull, type SQL } from 'drizzle-orm';
import { collectionDirectory } from '../../collections/contents/collection-directory.ts';
import { type CollectionRow, collections } from '../../documents/tables.ts';
import type { PinningDeps } from '../pinning-deps.ts';
import { pinChanges } from '../pins-table.ts';
import { lockObject, requestPins } from '../request-pins.ts';
import { pinNamedMedia } from './named-media.ts';
import { ownExport } from './own-export.ts';

const changesMax = 10_000;
/** However often it changes, a collection waits so many times its pause at most. */
const pausesMax = 30;

/** Asks for pins of published collections that have changed: once they have been left alone for a while (N6). */
export function pinCollections(deps: PinningDeps): Job<'metadata-pin-collections'> {
  return {
    name: 'metadata-pin-collections',
    schedule: '@every 3s',
    async run(_input, { signal, log }) {
      for (const [collectionId, changes] of await settledChanges(deps)) {
        signal.throwIfAborted();
        try {
          await pinCollection(deps, collectionId);
        } catch (error) {
          // The others are not held up by it; its changes stay, and it is tried again.
          log.warn({ error: String(error), collectionId }, 'a collection could not be prepared for pinning');
          continue;
        }
        // By their ids: a change that was committed meanwhile may not be in what was pinned.
        for (let at = 0; at < changes.length; at += 1000)
          await deps.database.orm
            .delete(pinChanges)
            .where(inArray(pinChanges.id, changes.slice(at, at + 1000)));
      }
    },
  };
}

/** The changes of each collection whose newest is old enough, or whose oldest is very old; by the database's clock. */
async function settledChanges({ database, settleMs }: PinningDeps): Promise<Map<string, number[]>> {
  const { rows } = await database.pool.query<{ collection_id: string; ids: string[] }>(
    `SELECT collection_id, array_agg(id ORDER BY id) AS ids
     FROM (SELECT * FROM pin_changes ORDER BY id LIMIT $3) AS change
     GROUP BY collection_id
     HAVING max(changed_at) <= clock_timestamp() - $1 * interval '1 millisecond'
       OR min(changed_at) <= clock_timestamp() - $2 * interval '1 millisecond'
     ORDER BY min(id)`,
    [settleMs, settleMs * pausesMax, changesMax],
  );
  return new Map(rows.map((row) => [row.collection_id, row.ids.map(Number)]));
}

/** Asks for the pins of one collection and its media; a draft, or test data, has none. Those of a deleted one stay. */
async function pinCollection(deps: PinningDeps, id: string): Promise<void> {
  const select = (orm: Orm | Transaction) => orm.select().from(collections).where(isPinned(id)).$dynamic();
  await deps.database.orm.transaction(async (tx) => {
    await lockObject(tx, id);
    const [row] = await select(tx);
    const directory = row && (await collectionDirectory({ orm: tx }, row, ownExport));
    if (directory === undefined || isProblem(directory) || directory.files.length === 0) return;
    // As it is by now, and held: whoever it is handed over to gets these pins too.
    const [held] = await select(tx).for('key share');
    if (held === undefined) return;
    await requestPins(tx, deps, wantedOf(held, directory.cid));
    await pinNamedMedia(tx, deps, held);
  });
}

function isPinned(id: string): SQL | undefined {
  const isPublished = and(isNotNull(collections.publishedAt), isNull(collections.deletedAt));
  return and(eq(collections.id, id), isPublished, eq(collections.environment, 'live'));
}

function wantedOf({ id, userId, environment }: CollectionRow, cid: string) {
  return {
    userId,
    environment,
    kind: 'collection',
    objectId: id,
    collectionId: null,
    ...ownExport,
    cid,
  } as const;
}

/** Has every published collection looked at again: while pinning was off, nobody wrote down what changed. */
export async function lookAtAll({ database }: PinningDeps): Promise<void> {
  await database.pool.query(
    `INSERT INTO pin_changes (collection_id)
     SELECT id FROM collections WHERE published_at IS NOT NULL AND deleted_at IS NULL AND environment = 'live'`,
  );
}
