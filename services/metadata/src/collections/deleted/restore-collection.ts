import { isProblem, type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { type Transaction, transact } from '@keyward/guard/database';
import { and, eq, gt, type SQL } from 'drizzle-orm';
import { recoverableMs } from '../../documents/deleted/recoverable.ts';
import type { DocumentDeps } from '../../documents/document-deps.ts';
import { type CollectionRow, collections, metadata } from '../../documents/tables.ts';
import { idsInPieces, isOneOf } from '../documents-of.ts';
import { allCollectionsOf } from '../find-collection.ts';
import { isNameViolation } from '../write-collection.ts';
import { type CollectionMoved, pieceMax } from './delete-collection.ts';

/** The caller's collections that are deleted and can be recovered, whether or not the purge is on time. */
export function recoverableCollections(caller: KeyCaller, nowMs: number): SQL | undefined {
  return and(allCollectionsOf(caller), gt(collections.deletedAt, new Date(nowMs - recoverableMs)));
}

/**
 * Brings back a deleted collection with exactly the documents that were deleted with it, in one transaction (N3). 409 when
 * another one has taken its name.
 */
export async function restoreCollection(
  deps: DocumentDeps,
  caller: KeyCaller,
  id: string,
): Promise<CollectionMoved | Problem> {
  const isThis = and(recoverableCollections(caller, deps.clock.now()), eq(collections.id, id));
  const restored = await transact<CollectionMoved>(deps.database.orm, async (tx) => {
    const [found] = await tx.select().from(collections).where(isThis).for('update');
    if (found === undefined) return refuse('not_found');
    const row = await undelete(tx, found);
    return isProblem(row) ? row : { row, documents: await restoreDocuments(tx, found) };
  });
  if (!isProblem(restored)) deps.tokenUris.forgetCollection(id);
  return restored;
}

async function undelete(tx: Transaction, { id, name }: CollectionRow): Promise<CollectionRow | Problem> {
  try {
    const [row] = await tx
      .update(collections)
      .set({ deletedAt: null })
      .where(eq(collections.id, id))
      .returning();
    return row ?? refuse('not_found');
  } catch (error) {
    if (!isNameViolation(error)) throw error;
    const detail = `You have another collection with the name "${name}": rename that one, then restore this one.`;
    return refuse('conflict', { detail });
  }
}

async function restoreDocuments(tx: Transaction, { id }: CollectionRow): Promise<number> {
  const wentWithIt = and(eq(metadata.collectionId, id), eq(metadata.deletedWithCollection, true));
  let documents = 0;
  for (const ids of await idsInPieces(tx, wentWithIt, pieceMax)) {
    const restored = await tx
      .update(metadata)
      .set({ deletedAt: null, deletedWithCollection: false })
      .where(and(isOneOf(ids), wentWithIt));
    documents += restored.rowCount ?? 0;
  }
  return documents;
}
