import { isProblem, type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { type Transaction, transact } from '@keyward/guard/database';
import { and, eq } from 'drizzle-orm';
import type { DocumentDeps } from '../../documents/document-deps.ts';
import { type CollectionRow, collections, metadata } from '../../documents/tables.ts';
import { countDocuments, idsInPieces, isOneOf, livingIn } from '../documents-of.ts';
import { holdCollection } from '../find-collection.ts';
import { frozenRefusal } from '../frozen-collection.ts';

/** Documents changed by one statement. */
export const pieceMax = 5_000;

/** A collection and how many of its documents went or came with it. */
export interface CollectionMoved {
  readonly row: CollectionRow;
  readonly documents: number;
}

/**
 * Deletes a collection with everything in it, in one transaction: its token URIs are gone, its name is free, and it can be
 * recovered for 30 days (N3). 409 when it is frozen or holds a frozen document, which is never deleted.
 */
export async function deleteCollection(
  deps: DocumentDeps,
  caller: KeyCaller,
  idOrName: string,
): Promise<CollectionMoved | Problem> {
  const now = new Date(deps.clock.now());
  const deleted = await transact<CollectionMoved>(deps.database.orm, async (tx) => {
    const found = await holdCollection(tx, caller, idOrName, 'update');
    if (found === undefined) return refuse('not_found');
    const refusal = frozenRefusal(found) ?? (await frozenInside(tx, found));
    if (refusal !== undefined) return refusal;
    const documents = await deleteDocuments(tx, found, now);
    // Whoever froze one meanwhile was before us.
    const overtaken = await frozenInside(tx, found);
    if (overtaken !== undefined) return overtaken;
    const [row] = await tx
      .update(collections)
      .set({ deletedAt: now })
      .where(eq(collections.id, found.id))
      .returning();
    return row === undefined ? refuse('not_found') : { row, documents };
  });
  if (!isProblem(deleted)) deps.tokenUris.forgetCollection(deleted.row.id);
  return deleted;
}

async function deleteDocuments(tx: Transaction, found: CollectionRow, now: Date): Promise<number> {
  let documents = 0;
  for (const ids of await idsInPieces(tx, livingIn(found), pieceMax)) {
    const deleted = await tx
      .update(metadata)
      .set({ deletedAt: now, deletedWithCollection: true })
      .where(and(isOneOf(ids), livingIn(found), eq(metadata.frozen, false)));
    documents += deleted.rowCount ?? 0;
  }
  return documents;
}

async function frozenInside(tx: Transaction, found: CollectionRow): Promise<Problem | undefined> {
  const frozen = await countDocuments(tx, and(livingIn(found), eq(metadata.frozen, true)));
  if (frozen === 0) return undefined;
  const detail = `${frozen} of its documents ${frozen === 1 ? 'is' : 'are'} frozen: what is frozen is never deleted.`;
  return refuse('conflict', { detail });
}
