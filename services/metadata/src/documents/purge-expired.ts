import type { Job } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { and, eq, inArray, lte } from 'drizzle-orm';
import { idsInPieces, isOneOf } from '../collections/documents-of.ts';
import { recoverableMs } from './deleted/recoverable.ts';
import { idempotencyMs } from './idempotency.ts';
import { collections, metadata, metadataIdempotency } from './tables.ts';

/** Documents removed by one statement. */
const pieceMax = 1_000;

/** Removes what may not be kept any longer (N3, O4): in the queue, so on one node at a time. */
export function purgeExpiredJob(database: Database): Job<'metadata-purge'> {
  return {
    name: 'metadata-purge',
    schedule: '@every 3600s',
    run: (_input, { clock, signal }) => purgeExpired(database, clock.now(), signal),
  };
}

/**
 * Removes documents and collections whose 30 days are over, with their versions, and answers to Idempotency-Keys.
 * `nowMs`: Unix milliseconds. When it is stopped, the rest is left for the next run.
 */
export async function purgeExpired(
  database: Database,
  nowMs: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const { orm } = database;
  const deletedBefore = new Date(nowMs - recoverableMs);
  for (let removed = pieceMax; removed === pieceMax && !signal.aborted; )
    removed = await purgeDocuments(database, deletedBefore);
  const gone = await orm
    .select({ id: collections.id })
    .from(collections)
    .where(lte(collections.deletedAt, deletedBefore));
  for (const { id } of gone) {
    if (signal.aborted) return;
    await orm.transaction((tx) => purgeCollection(tx, id, deletedBefore));
  }
  await orm
    .delete(metadataIdempotency)
    .where(lte(metadataIdempotency.createdAt, new Date(nowMs - idempotencyMs)));
}

/** Those that were deleted by themselves; how many. */
async function purgeDocuments({ orm }: Database, deletedBefore: Date): Promise<number> {
  const isExpired = and(lte(metadata.deletedAt, deletedBefore), eq(metadata.deletedWithCollection, false));
  const some = orm.select({ id: metadata.id }).from(metadata).where(isExpired).limit(pieceMax);
  const { rowCount } = await orm.delete(metadata).where(and(inArray(metadata.id, some), isExpired));
  return rowCount ?? 0;
}

/** A collection goes with its documents, whole, so that none is ever restored without them. */
async function purgeCollection(tx: Transaction, id: string, deletedBefore: Date): Promise<void> {
  const isThis = and(eq(collections.id, id), lte(collections.deletedAt, deletedBefore));
  const [held] = await tx.select({ id: collections.id }).from(collections).where(isThis).for('update');
  if (held === undefined) return;
  const isInside = eq(metadata.collectionId, id);
  for (const ids of await idsInPieces(tx, isInside, pieceMax))
    await tx.delete(metadata).where(and(isOneOf(ids), isInside));
  await tx.delete(collections).where(eq(collections.id, id));
}
