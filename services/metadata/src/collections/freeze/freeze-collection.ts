import { type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { type Transaction, transact } from '@keyward/guard/database';
import { and, asc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { DocumentDeps } from '../../documents/document-deps.ts';
import { claimColumns, claimOf } from '../../documents/freeze/freeze-document.ts';
import { type CollectionRow, collections, metadata } from '../../documents/tables.ts';
import { countDocuments, idsInPieces, isOneOf, livingIn } from '../documents-of.ts';
import { holdCollection } from '../find-collection.ts';

/** Documents frozen by one statement. */
const pieceMax = 500;

export interface FrozenCollection {
  readonly row: CollectionRow;
  /** Documents in it, all of them frozen. */
  readonly documents: number;
  /** How many of them this call has frozen. */
  readonly newlyFrozen: number;
}

/**
 * Freezes a collection for ever, in one transaction: each of its documents with a proof of its own, and nothing is added or
 * changed any more (N3). A collection that is frozen stays as it is.
 */
export function freezeCollection(
  deps: DocumentDeps,
  caller: KeyCaller,
  idOrName: string,
): Promise<FrozenCollection | Problem> {
  return transact<FrozenCollection>(deps.database.orm, async (tx) => {
    const found = await holdCollection(tx, caller, idOrName, 'update');
    if (found === undefined) return refuse('not_found');
    const now = new Date(deps.clock.now());
    let newlyFrozen = 0;
    const unfrozen = and(livingIn(found), isNull(metadata.freezeProof));
    for (const ids of await idsInPieces(tx, unfrozen, pieceMax))
      newlyFrozen += await freezePiece(tx, deps, and(isOneOf(ids), unfrozen), now);
    const [row] = await tx
      .update(collections)
      .set({ frozenAt: found.frozenAt ?? now })
      .where(eq(collections.id, found.id))
      .returning();
    if (row === undefined) return refuse('not_found');
    return { row, documents: await countDocuments(tx, livingIn(found)), newlyFrozen };
  });
}

async function freezePiece(
  tx: Transaction,
  { proofs }: DocumentDeps,
  which: SQL | undefined,
  now: Date,
): Promise<number> {
  const documents = await tx
    .select(claimColumns)
    .from(metadata)
    .where(which)
    .orderBy(asc(metadata.id))
    .for('update');
  const signed = await proofs.signAll(documents.map((document) => claimOf(document, now)));
  const items = documents.map(({ id }, at) => ({ id, proof: signed[at] }));
  await tx.execute(sql`
    UPDATE metadata SET frozen = true, frozen_at = ${now.toISOString()}::timestamptz, freeze_proof = item.proof
    FROM json_to_recordset(${JSON.stringify(items)}::json) AS item(id text, proof text)
    WHERE metadata.id = item.id`);
  return items.length;
}
