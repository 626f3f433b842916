import { isProblem, type KeyCaller, type Problem, type Reply, refuse } from '@keyward/guard';
import { type Transaction, transact } from '@keyward/guard/database';
import { and, eq } from 'drizzle-orm';
import { holdCollection } from '../../collections/find-collection.ts';
import { frozenRefusal } from '../../collections/frozen-collection.ts';
import { forgetTokenUris } from '../change-document.ts';
import type { DocumentDeps } from '../document-deps.ts';
import { entityTag } from '../entity-tags.ts';
import { keepVersions } from '../history/keep-versions.ts';
import { documentText, jsonText, presentHead } from '../present-document.ts';
import { isPlaceViolation, type Place, type PlaceQuery, placeTaken, resolvePlace } from '../resolve-place.ts';
import { ownedBy, type StoredDocument } from '../stored-document.ts';
import { collections, metadata } from '../tables.ts';
import { recoverableBy } from './recoverable.ts';

/**
 * Brings back a deleted document, to where it stood or, by the query, elsewhere; 409 when that place is taken, or the
 * collection deleted or frozen.
 */
export async function restoreDocument(
  deps: DocumentDeps,
  caller: KeyCaller,
  { id, query }: { id: string; query: PlaceQuery },
): Promise<Reply> {
  const now = new Date(deps.clock.now());
  const restored = await transact<StoredDocument>(deps.database.orm, async (tx) => {
    const refusal = await holdPlace(tx, caller, id, query);
    const [found] = await tx
      .select({ row: metadata, collection: collections.name })
      .from(metadata)
      .leftJoin(collections, eq(collections.id, metadata.collectionId))
      .where(and(recoverableBy(caller, now.getTime()), eq(metadata.id, id)))
      .for('update', { of: metadata });
    if (found === undefined) return refuse('not_found');
    if (refusal !== undefined) return refusal;
    const before = { ...found.row, collection: found.collection };
    const place = await resolvePlace(tx, caller, query, before, now);
    return isProblem(place) ? place : bringBack(tx, before, place, { caller, now });
  });
  if (isProblem(restored)) return restored;
  forgetTokenUris(deps, restored);
  return jsonText(200, documentText(presentHead(restored), restored.document), {
    etag: entityTag(restored.cid),
  });
}

/** Holds the collection that the document is to stand in, before the document is locked; says why it cannot come there. */
async function holdPlace(
  tx: Transaction,
  caller: KeyCaller,
  id: string,
  { collection }: PlaceQuery,
): Promise<Problem | undefined> {
  if (collection !== undefined) {
    await holdCollection(tx, caller, collection, 'key share');
    return undefined;
  }
  const [former] = await tx
    .select({ deletedAt: collections.deletedAt, frozenAt: collections.frozenAt })
    .from(collections)
    .innerJoin(metadata, eq(metadata.collectionId, collections.id))
    .where(and(ownedBy(caller), eq(metadata.id, id)))
    .for('key share', { of: collections });
  if (former === undefined) return undefined;
  return former.deletedAt === null ? frozenRefusal(former) : collectionGone;
}

const collectionGone = refuse('conflict', {
  detail: 'Its collection is deleted: restore that one, or name another with `collection`.',
});

async function bringBack(
  tx: Transaction,
  before: StoredDocument,
  place: Place,
  { caller, now }: { caller: KeyCaller; now: Date },
): Promise<StoredDocument | Problem> {
  const { collectionId, tokenId, collection } = place;
  const isMoved = collectionId !== before.collectionId || tokenId !== before.tokenId;
  if (isMoved) await keepVersions(tx, [before.id]);
  const move = {
    collectionId,
    tokenId,
    version: before.version + 1,
    change: 'restore' as const,
    changedBy: caller.keyId,
    updatedAt: now,
  };
  try {
    const [row] = await tx
      .update(metadata)
      .set({ deletedAt: null, deletedWithCollection: false, ...(isMoved && move) })
      .where(eq(metadata.id, before.id))
      .returning();
    return row === undefined ? refuse('not_found') : { ...row, collection };
  } catch (error) {
    if (isPlaceViolation(error)) return placeTaken(place);
    throw error;
  }
}
