import { bytes, type Reply, refuse } from '@keyward/guard';
import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { isCollectionId } from '../collections/collection-id.ts';
import type { DocumentDeps } from '../documents/document-deps.ts';
import { entityTag, ifNoneMatchHits } from '../documents/entity-tags.ts';
import { collections, metadata } from '../documents/tables.ts';
import { parseTokenId } from '../documents/token-id.ts';
import { type TokenUriContent, tokenUriKey } from './token-uri-cache.ts';

/**
 * The document behind a token URI, byte for byte as its CID names it (N4).
 * A draft's tokens, unknown ones and malformed ids answer alike: 404.
 */
export async function readToken(
  deps: DocumentDeps,
  params: { collection: string; token_id: string },
  ifNoneMatch: string | undefined,
): Promise<Reply> {
  const tokenId = parseTokenId(params.token_id.replace(/\.json$/, ''));
  if (tokenId === undefined || !isCollectionId(params.collection)) return refuse('not_found');
  const key = tokenUriKey(params.collection, tokenId);
  const content =
    deps.tokenUris.get(key) ??
    (await deps.tokenUris.fill(key, () => lookUp(deps, params.collection, tokenId)));
  if (content === undefined) return refuse('not_found');
  const headers = { etag: entityTag(content.cid), 'cache-control': 'public, max-age=60' };
  if (ifNoneMatchHits(ifNoneMatch, content.cid)) return bytes(304, null, headers);
  return bytes(200, content.document, { ...headers, 'content-type': 'application/json' });
}

async function lookUp(
  { database }: DocumentDeps,
  collectionId: string,
  tokenId: string,
): Promise<TokenUriContent | undefined> {
  const [found] = await database.orm
    .select({ document: metadata.document, cid: metadata.cid })
    .from(metadata)
    .innerJoin(collections, eq(collections.id, metadata.collectionId))
    .where(
      and(
        eq(metadata.collectionId, collectionId),
        eq(metadata.tokenId, tokenId),
        isNull(metadata.deletedAt),
        isNotNull(collections.publishedAt),
      ),
    );
  return found;
}
