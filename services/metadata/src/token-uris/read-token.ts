import { bytes, type Reply, refuse } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { and, eq, isNull } from 'drizzle-orm';
import { isCollectionId } from '../collections/collection-id.ts';
import type { DocumentDeps } from '../documents/document-deps.ts';
import { entityTag, ifNoneMatchHits } from '../documents/entity-tags.ts';
import { type CollectionRow, collections, metadata } from '../documents/tables.ts';
import { parseTokenId } from '../documents/token-id.ts';
import { placeholderKey, type TokenUriContent, tokenUriKey } from './token-uri-cache.ts';

const contractFile = 'contract';
const cacheControl = 'public, max-age=60';

/**
 * The document behind a token URI, byte for byte as its CID names it (N4); `contract` is the contract's (ERC-7572).
 * A draft answers the same to every id, its placeholder or 404: it is told from the collection alone, before any token is
 * looked for. Unknown collections, unknown tokens and malformed ids are 404.
 */
export function readToken(
  deps: DocumentDeps,
  params: { collection: string; token_id: string },
  ifNoneMatch: string | undefined,
): Reply | Promise<Reply> {
  const file = params.token_id.endsWith('.json') ? params.token_id.slice(0, -5) : params.token_id;
  const tokenId = file === contractFile ? contractFile : parseTokenId(file);
  if (tokenId === undefined || !isCollectionId(params.collection)) return refuse('not_found');
  const content = contentOf(deps, params.collection, tokenId);
  return content instanceof Promise
    ? content.then((found) => answerWith(found, ifNoneMatch))
    : answerWith(content, ifNoneMatch);
}

function answerWith(content: TokenUriContent | undefined, ifNoneMatch: string | undefined): Reply {
  if (content === undefined) return refuse('not_found');
  const etag = entityTag(content.cid);
  if (ifNoneMatchHits(ifNoneMatch, content.cid))
    return bytes(304, null, { etag, 'cache-control': cacheControl });
  return bytes(200, content.document, {
    etag,
    'cache-control': cacheControl,
    'content-type': 'application/json',
  });
}

function contentOf(
  deps: DocumentDeps,
  collectionId: string,
  tokenId: string,
): TokenUriContent | Promise<TokenUriContent | undefined> {
  const { tokenUris } = deps;
  const key = tokenUriKey(collectionId, tokenId);
  const known =
    tokenUris.get(key) ??
    (tokenId === contractFile ? undefined : tokenUris.get(placeholderKey(collectionId)));
  if (known !== undefined) return known;
  return lookUp(deps, { collectionId, tokenId, key });
}

async function lookUp(
  deps: DocumentDeps,
  { collectionId, tokenId, key }: { collectionId: string; tokenId: string; key: string },
): Promise<TokenUriContent | undefined> {
  const { database, tokenUris } = deps;
  if (!tokenUris.isPublished(collectionId)) {
    const placeholder = await tokenUris.fill(placeholderKey(collectionId), async () => {
      const [found] = await database.orm
        .select()
        .from(collections)
        .where(and(eq(collections.id, collectionId), isNull(collections.deletedAt)));
      if ((found?.publishedAt ?? null) !== null) tokenUris.rememberPublished(collectionId);
      return placeholderOf(found);
    });
    if (!tokenUris.isPublished(collectionId)) return tokenId === contractFile ? undefined : placeholder;
  }
  return tokenUris.fill(key, () =>
    tokenId === contractFile
      ? findContract(database, collectionId)
      : findToken(database, collectionId, tokenId),
  );
}

function placeholderOf(collection: CollectionRow | undefined): TokenUriContent | undefined {
  if (collection === undefined || collection.publishedAt !== null) return undefined;
  const { placeholder, placeholderCid } = collection;
  return placeholder === null || placeholderCid === null
    ? undefined
    : { document: placeholder, cid: placeholderCid };
}

const columns = { document: metadata.document, cid: metadata.cid };

async function findToken(
  { orm }: Database,
  collectionId: string,
  tokenId: string,
): Promise<TokenUriContent | undefined> {
  const isToken = and(eq(metadata.collectionId, collectionId), eq(metadata.tokenId, tokenId));
  const [found] = await orm
    .select(columns)
    .from(metadata)
    .where(and(isToken, isNull(metadata.deletedAt)));
  return found;
}

async function findContract({ orm }: Database, collectionId: string): Promise<TokenUriContent | undefined> {
  const [found] = await orm
    .select(columns)
    .from(collections)
    .innerJoin(metadata, eq(metadata.id, collections.contractId))
    .where(
      and(
        eq(collections.id, collectionId),
        eq(metadata.collectionId, collectionId),
        isNull(metadata.deletedAt),
      ),
    );
  return found;
}
