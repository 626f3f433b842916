import { type BytesAnswer, bytes } from '@keyward/guard';
import type { Finding } from './findings.ts';
import type { StoredDocument } from './stored-document.ts';

type HeadField =
  | ('id' | 'collection' | 'collectionId' | 'tokenId' | 'version' | 'cid')
  | ('frozen' | 'standards' | 'createdAt' | 'updatedAt');

/** What an answer says of a document, without the document itself. */
export function presentHead(stored: Pick<StoredDocument, HeadField>) {
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

export type DocumentHead = ReturnType<typeof presentHead>;

/**
 * The JSON text of a document as answers have it: the canonical text stands in it as it is kept, so that no
 * parser comes between what was pinned and what is read. `warnings` are those of the request that wrote it.
 */
export function documentText(
  head: DocumentHead,
  canonical: string,
  warnings: readonly Finding[] = [],
): string {
  const text = JSON.stringify({ ...head, ...(warnings.length > 0 && { warnings }) });
  return `${text.slice(0, -1)},"document":${canonical}}`;
}

/** The answer to a JSON text. Header names are lower-case. */
export function jsonText(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): BytesAnswer {
  return bytes(status, text, { ...headers, 'content-type': 'application/json' });
}
