import { json, type KeyCaller, type Reply, refuse } from '@keyward/guard';
import type { Orm } from '@keyward/guard/database';
import { and, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { DocumentDeps } from '../../documents/document-deps.ts';
import { type CollectionRow, metadata } from '../../documents/tables.ts';
import { type TokenRange, tokenRange, tokenRanges } from '../../token-uris/token-ranges.ts';
import { findCollection } from '../find-collection.ts';

/** Ranges beyond this cost more gas than one that holds them all. */
export const rangesMax = 1_000;

const tokenIdMax = 2n ** 256n - 1n;

/**
 * What a contract is to announce by EIP-4906 for changes since a moment, this one excluded: tokens that have other content
 * than before, not those that are new. When the collection was published since, it is every token.
 */
export async function readRefresh(
  { database, clock }: DocumentDeps,
  caller: KeyCaller,
  request: { id: string; since: Date },
): Promise<Reply> {
  const until = new Date(clock.now());
  const found = await findCollection(database.orm, caller, request.id);
  if (found === undefined) return refuse('not_found');
  const { since } = request;
  return json(200, {
    collection_id: found.id,
    since: since.toISOString(),
    until: until.toISOString(),
    refresh: await rangesSince(database.orm, found, since),
    contract_uri_changed: await hasContractChanged(database.orm, found, since),
  });
}

async function rangesSince(orm: Orm, collection: CollectionRow, since: Date): Promise<TokenRange[]> {
  const { id, publishedAt } = collection;
  if (publishedAt !== null && publishedAt > since) return [tokenRange(id, 0n, tokenIdMax)];
  const changed = await orm
    .select({ tokenId: metadata.tokenId, collectionId: metadata.collectionId })
    .from(metadata)
    .where(
      and(
        eq(metadata.collectionId, id),
        isNull(metadata.deletedAt),
        isNotNull(metadata.tokenId),
        gt(metadata.updatedAt, since),
        gt(metadata.version, 1),
      ),
    );
  const ranges = tokenRanges(changed);
  if (ranges.length <= rangesMax) return ranges;
  const [first, last] = [ranges[0], ranges.at(-1)];
  return [tokenRange(id, BigInt(first?.from_token_id ?? 0), BigInt(last?.to_token_id ?? 0))];
}

async function hasContractChanged(orm: Orm, collection: CollectionRow, since: Date): Promise<boolean> {
  if (collection.contractId === null) return false;
  const [changed] = await orm
    .select({ one: sql`1` })
    .from(metadata)
    .where(
      and(
        eq(metadata.id, collection.contractId),
        eq(metadata.collectionId, collection.id),
        isNull(metadata.deletedAt),
        gt(metadata.updatedAt, since),
      ),
    );
  return changed !== undefined;
}
