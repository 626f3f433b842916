import { isProblem, json, type KeyCaller, type Reply, refuse } from '@keyward/guard';
import { transact } from '@keyward/guard/database';
import { eq } from 'drizzle-orm';
import type { DocumentDeps } from '../document-deps.ts';
import { entityTag, ifMatchHolds } from '../entity-tags.ts';
import { findDocument, lockDocument, type StoredDocument } from '../stored-document.ts';
import { metadata } from '../tables.ts';

/** Freezes a document for ever: content, place and existence. Once frozen, the answer stays the same (N3). */
export async function freezeDocument(
  deps: DocumentDeps,
  caller: KeyCaller,
  { id, ifMatch }: { id: string; ifMatch: string | undefined },
): Promise<Reply> {
  const frozen = await transact<StoredDocument>(deps.database.orm, async (tx) => {
    const current = await lockDocument(tx, caller, id);
    if (current === undefined) return refuse('not_found');
    if (!ifMatchHolds(ifMatch, current.cid)) return refuse('precondition_failed');
    if (current.freezeProof !== null) return current;
    const frozenAt = new Date(deps.clock.now());
    const [row] = await tx
      .update(metadata)
      .set({ frozen: true, frozenAt, freezeProof: deps.proofs.sign(claimOf(current, frozenAt)) })
      .where(eq(metadata.id, id))
      .returning();
    return row === undefined ? refuse('not_found') : { ...row, collection: current.collection };
  });
  return isProblem(frozen) ? frozen : presentFreeze(frozen);
}

/** The proof of a frozen document; 404 for one that is not. */
export async function readFreeze(deps: DocumentDeps, caller: KeyCaller, id: string): Promise<Reply> {
  const found = await findDocument(deps.database.orm, caller, id);
  return found === undefined || found.freezeProof === null ? refuse('not_found') : presentFreeze(found);
}

/** What a proof is made of. */
export const claimColumns = {
  id: metadata.id,
  collectionId: metadata.collectionId,
  tokenId: metadata.tokenId,
  version: metadata.version,
  cid: metadata.cid,
};

/** What the proof of a document frozen at this moment says. */
export function claimOf(document: Pick<StoredDocument, keyof typeof claimColumns>, frozenAt: Date) {
  return {
    document_id: document.id,
    collection_id: document.collectionId,
    token_id: document.tokenId,
    version: document.version,
    cid: document.cid,
    frozen_at: frozenAt.toISOString(),
  };
}

function presentFreeze(document: StoredDocument): Reply {
  const { frozenAt, freezeProof } = document;
  if (frozenAt === null || freezeProof === null) return refuse('not_found');
  const body = { ...claimOf(document, frozenAt), proof: freezeProof };
  return json(200, body, { etag: entityTag(document.cid) });
}
