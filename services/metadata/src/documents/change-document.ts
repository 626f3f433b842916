import { isProblem, type KeyCaller, type Problem, type Reply, refuse } from '@keyward/guard';
import { type Transaction, transact } from '@keyward/guard/database';
import { and, eq } from 'drizzle-orm';
import { holdCollection } from '../collections/find-collection.ts';
import { contractKey, tokenUriKey } from '../token-uris/token-uri-cache.ts';
import { columnsOf } from './create-document.ts';
import type { DocumentDeps } from './document-deps.ts';
import { entityTag, ifMatchHolds } from './entity-tags.ts';
import { frozenDocument } from './freeze/frozen-document.ts';
import { keepVersions } from './history/keep-versions.ts';
import { type PreparedDocument, prepareDocument } from './prepare-document.ts';
import { documentText, jsonText, presentHead } from './present-document.ts';
import { isPlaceViolation, type Place, type PlaceQuery, placeTaken, resolvePlace } from './resolve-place.ts';
import { lockDocument, type StoredDocument } from './stored-document.ts';
import { type ChangeKind, metadata } from './tables.ts';

export interface Change {
  readonly id: string;
  readonly ifMatch: string | undefined;
  readonly query: PlaceQuery;
  readonly kind: ChangeKind;
  /** The document that is to be, from the canonical text of the one that is. */
  next(current: string, tx: Transaction): unknown;
}

interface Changed {
  readonly before: StoredDocument;
  readonly after: StoredDocument;
  readonly prepared: PreparedDocument;
}

/**
 * Changes a document under a row lock: of changes at the same time each sees the one before it. What changes
 * nothing makes no version.
 */
export async function changeDocument(deps: DocumentDeps, caller: KeyCaller, change: Change): Promise<Reply> {
  const changed = await transact<Changed>(deps.database.orm, async (tx) => {
    const { collection } = change.query;
    if (collection !== undefined) await holdCollection(tx, caller, collection, 'key share');
    const before = await lockDocument(tx, caller, change.id);
    if (before === undefined) return refuse('not_found');
    if (!ifMatchHolds(change.ifMatch, before.cid)) return refuse('precondition_failed');
    if (before.frozen) return frozenDocument;
    const next = await change.next(before.document, tx);
    if (isProblem(next)) return next;
    const prepared = prepareDocument(next);
    if (isProblem(prepared)) return prepared;
    const now = new Date(deps.clock.now());
    const place = await resolvePlace(tx, caller, change.query, before, now);
    if (isProblem(place)) return place;
    const after = await writeVersion(tx, before, { prepared, place, now, kind: change.kind, caller });
    return isProblem(after) ? after : { before, after, prepared };
  });
  if (isProblem(changed)) return changed;
  const { before, after, prepared } = changed;
  forgetTokenUris(deps, before, after);
  const text = documentText(presentHead(after), after.document, prepared.warnings);
  return jsonText(200, text, { etag: entityTag(after.cid) });
}

/** Takes token URIs of these documents out of the cache. To be called after the commit. */
export function forgetTokenUris(
  deps: DocumentDeps,
  ...documents: readonly Pick<StoredDocument, 'collectionId' | 'tokenId'>[]
): void {
  for (const { collectionId, tokenId } of documents) {
    if (collectionId === null) continue;
    // Without a token id it may be the contract's metadata.
    deps.tokenUris.forget(tokenId === null ? contractKey(collectionId) : tokenUriKey(collectionId, tokenId));
  }
}

interface NewVersion {
  readonly prepared: PreparedDocument;
  readonly place: Place;
  readonly now: Date;
  readonly kind: ChangeKind;
  readonly caller: KeyCaller;
}

async function writeVersion(
  tx: Transaction,
  before: StoredDocument,
  { prepared, place, now, kind, caller }: NewVersion,
): Promise<StoredDocument | Problem> {
  const { collectionId, tokenId } = place;
  const moved = collectionId !== before.collectionId || tokenId !== before.tokenId;
  if (!moved && prepared.cid === before.cid) return before;
  await keepVersions(tx, [before.id]);
  const by = { change: kind, changedBy: caller.keyId, updatedAt: now };
  try {
    const [row] = await tx
      .update(metadata)
      .set({ version: before.version + 1, collectionId, tokenId, ...columnsOf(prepared), ...by })
      .where(and(eq(metadata.id, before.id), eq(metadata.version, before.version)))
      .returning();
    return row === undefined ? refuse('conflict') : { ...row, collection: place.collection };
  } catch (error) {
    if (isPlaceViolation(error)) return placeTaken(place);
    throw error;
  }
}
