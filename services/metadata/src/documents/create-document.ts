import { isProblem, type KeyCaller, type Problem, type Reply, uuidv7 } from '@keyward/guard';
import { type Transaction, transact } from '@keyward/guard/database';
import type { DocumentDeps } from './document-deps.ts';
import { entityTag } from './entity-tags.ts';
import { contentHash, onceFor } from './idempotency.ts';
import { type PreparedDocument, prepareDocument } from './prepare-document.ts';
import { type DocumentHead, documentText, jsonText, presentHead } from './present-document.ts';
import { nowhere, type PlaceQuery, placeTaken, resolvePlace } from './resolve-place.ts';
import { metadata } from './tables.ts';

/** Keeps a new document. With an Idempotency-Key: once, however often and however parallel it is sent. */
export async function createDocument(
  deps: DocumentDeps,
  caller: KeyCaller,
  request: { query: PlaceQuery; body: unknown; idempotencyKey: string | undefined },
): Promise<{ id: string; reply: Reply } | Problem> {
  const prepared = prepareDocument(request.body);
  if (isProblem(prepared)) return prepared;
  const { query, idempotencyKey: key } = request;
  const now = new Date(deps.clock.now());
  const hash = contentHash('POST /api/metadata', query.collection, query.token_id, prepared.canonical);
  const head = await transact<DocumentHead>(deps.database.orm, (tx) => {
    const insert = () => insertDocument(tx, caller, query, prepared, now);
    return key === undefined ? insert() : onceFor(tx, { caller, key, hash, now }, insert);
  });
  if (isProblem(head)) return head;
  return { id: head.id, reply: createdReply(head, prepared) };
}

/** 201 with the document as it is kept, and where to find it. */
export function createdReply(head: DocumentHead, prepared: PreparedDocument): Reply {
  const text = documentText(head, prepared.canonical, prepared.warnings);
  return jsonText(201, text, { location: `/api/metadata/${head.id}`, etag: entityTag(head.cid) });
}

/** Inserts a document where the query puts it; 409 when that place is taken. */
export async function insertDocument(
  tx: Transaction,
  caller: KeyCaller,
  query: PlaceQuery,
  prepared: PreparedDocument,
  now: Date,
): Promise<DocumentHead | Problem> {
  const place = await resolvePlace(tx, caller, query, nowhere, now);
  if (isProblem(place)) return place;
  const [row] = await tx
    .insert(metadata)
    .values({
      id: uuidv7(now.getTime()),
      userId: caller.userId,
      environment: caller.environment,
      collectionId: place.collectionId,
      tokenId: place.tokenId,
      version: 1,
      ...columnsOf(prepared),
      change: 'create',
      changedBy: caller.keyId,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return row === undefined ? placeTaken(place) : presentHead({ ...row, collection: place.collection });
}

/** The columns that a document's content fills. */
export function columnsOf(prepared: PreparedDocument) {
  return {
    cid: prepared.cid,
    standards: [...prepared.standards],
    name: prepared.sortName,
    searchText: prepared.searchText,
    traits: [...prepared.traits],
    document: prepared.canonical,
    documentBytes: prepared.canonicalBytes,
  };
}
