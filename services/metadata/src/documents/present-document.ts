import type { Finding } from './findings.ts';
import type { StoredDocument } from './stored-document.ts';

/** What an answer says of a document, without the document itself. */
export function presentHead(stored: Omit<StoredDocument, 'document' | 'name' | 'searchText'>) {
  const { collectionId, tokenId } = stored;
  return {
    id: stored.id,
    collection: stored.collection,
    token_id: tokenId,
    token_uri: collectionId === null || tokenId === null ? null : `/t/${collectionId}/${tokenId}`,
    version: stored.version,
    cid: stored.cid,
    frozen: stored.frozen,
    standards: stored.standards,
    created_at: stored.createdAt.toISOString(),
    updated_at: stored.updatedAt.toISOString(),
  };
}

/** A stored document as answers have it. `warnings` are those of the request that wrote it. */
export function presentDocument(stored: StoredDocument, warnings: readonly Finding[] = []) {
  return {
    ...presentHead(stored),
    ...(warnings.length > 0 && { warnings }),
    document: JSON.parse(stored.document) as unknown,
  };
}
