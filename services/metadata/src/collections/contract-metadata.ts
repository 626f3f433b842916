import { isProblem, type KeyCaller, type Problem, type Reply, refuse } from '@keyward/guard';
import { transact } from '@keyward/guard/database';
import { and, eq } from 'drizzle-orm';
import { changeDocument } from '../documents/change-document.ts';
import { createdReply, insertDocument } from '../documents/create-document.ts';
import type { DocumentDeps } from '../documents/document-deps.ts';
import { prepareDocument } from '../documents/prepare-document.ts';
import type { DocumentHead } from '../documents/present-document.ts';
import { readDocument } from '../documents/read-document.ts';
import { findDocument } from '../documents/stored-document.ts';
import { type CollectionRow, collections } from '../documents/tables.ts';
import { contractKey } from '../token-uris/token-uri-cache.ts';
import { collectionsOf, findCollection } from './find-collection.ts';

/** The collection's contract metadata (ERC-7572), which is a document like others: it has versions and can be frozen. */
export async function readContract(
  deps: DocumentDeps,
  caller: KeyCaller,
  request: { collection: string; ifNoneMatch: string | undefined },
): Promise<Reply> {
  const collection = await findCollection(deps.database.orm, caller, request.collection);
  const id = collection && (await contractOf(deps, caller, collection));
  return id === undefined ? refuse('not_found') : readDocument(deps, caller, id, request.ifNoneMatch);
}

/** Keeps contract metadata for the collection: a new document, or a new version of the one that it has. */
export async function putContract(
  deps: DocumentDeps,
  caller: KeyCaller,
  request: { collection: string; body: unknown; ifMatch: string | undefined },
): Promise<{ id: string; reply: Reply } | Problem> {
  const { body, ifMatch } = request;
  const collection = await findCollection(deps.database.orm, caller, request.collection);
  if (collection === undefined) return refuse('not_found');
  const id = await contractOf(deps, caller, collection);
  if (id !== undefined) {
    const change = { id, ifMatch, query: {}, kind: 'replace', next: () => body } as const;
    return { id, reply: await changeDocument(deps, caller, change) };
  }
  if (ifMatch !== undefined) return refuse('precondition_failed');
  return createContract(deps, caller, collection, body);
}

async function createContract(
  deps: DocumentDeps,
  caller: KeyCaller,
  { id, contractId }: CollectionRow,
  body: unknown,
): Promise<{ id: string; reply: Reply } | Problem> {
  const prepared = prepareDocument(body);
  if (isProblem(prepared)) return prepared;
  const now = new Date(deps.clock.now());
  const isThis = and(collectionsOf(caller), eq(collections.id, id));
  const head = await transact<DocumentHead>(deps.database.orm, async (tx) => {
    const [locked] = await tx.select().from(collections).where(isThis).for('update');
    // Of two that are made at the same time the second is told; it then changes the first one's.
    if (locked?.contractId !== contractId) return overtaken;
    const made = await insertDocument(tx, caller, { collection: id }, prepared, now);
    if (isProblem(made)) return made;
    await tx.update(collections).set({ contractId: made.id, updatedAt: now }).where(isThis);
    return made;
  });
  if (isProblem(head)) return head;
  deps.tokenUris.forget(contractKey(id));
  return { id: head.id, reply: createdReply(head, prepared) };
}

const overtaken = refuse('conflict', {
  detail: 'The contract metadata has just been made by another request: read it, then change it.',
});

/** The document that is there; one that was deleted or moved away is not. */
async function contractOf(
  { database }: DocumentDeps,
  caller: KeyCaller,
  collection: CollectionRow,
): Promise<string | undefined> {
  if (collection.contractId === null) return undefined;
  const found = await findDocument(database.orm, caller, collection.contractId);
  return found?.collectionId === collection.id ? found.id : undefined;
}
