import { isProblem, json, type KeyCaller, type Reply, refuse } from '@keyward/guard';
import { transact } from '@keyward/guard/database';
import { eq } from 'drizzle-orm';
import { forgetTokenUris } from './change-document.ts';
import type { DocumentDeps } from './document-deps.ts';
import { ifMatchHolds } from './entity-tags.ts';
import { frozenDocument } from './freeze/frozen-document.ts';
import { lockDocument, type StoredDocument } from './stored-document.ts';
import { metadata } from './tables.ts';

/** Deletes a document. It is gone for every route; its row stays for 30 days (N3). */
export async function deleteDocument(
  deps: DocumentDeps,
  caller: KeyCaller,
  id: string,
  ifMatch: string | undefined,
): Promise<Reply> {
  const deleted = await transact<StoredDocument>(deps.database.orm, async (tx) => {
    const current = await lockDocument(tx, caller, id);
    if (current === undefined) return refuse('not_found');
    if (!ifMatchHolds(ifMatch, current.cid)) return refuse('precondition_failed');
    if (current.frozen) return frozenDocument;
    await tx
      .update(metadata)
      .set({ deletedAt: new Date(deps.clock.now()) })
      .where(eq(metadata.id, id));
    return current;
  });
  if (isProblem(deleted)) return deleted;
  forgetTokenUris(deps, deleted);
  return json(204);
}
