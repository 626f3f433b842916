import { type KeyCaller, type Problem, refuse } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, asc, inArray, or, sql } from 'drizzle-orm';
import { newCollectionId } from '../../collections/collection-id.ts';
import { collectionsOf, onTakenName } from '../../collections/find-collection.ts';
import { frozenRefusal } from '../../collections/frozen-collection.ts';
import type { Place } from '../resolve-place.ts';
import { type CollectionRow, collections } from '../tables.ts';
import type { BatchItem } from './batch-item.ts';

/** Collections by what the items call them: an id or a name. */
export type NamedCollections = ReadonlyMap<string, Pick<CollectionRow, 'id' | 'name' | 'frozenAt'>>;

const columns = { id: collections.id, name: collections.name, frozenAt: collections.frozenAt };

/**
 * The caller's collections that these items name, in one query. Until the transaction ends nobody deletes or freezes them;
 * so they must be found before documents are locked (see `holdCollection`).
 */
export async function findCollections(
  tx: Transaction,
  caller: KeyCaller,
  items: readonly BatchItem[],
): Promise<NamedCollections> {
  const wanted = [...new Set(items.flatMap(({ collection }) => collection ?? []))];
  if (wanted.length === 0) return new Map();
  const rows = await tx
    .select(columns)
    .from(collections)
    .where(and(collectionsOf(caller), or(inArray(collections.id, wanted), inArray(collections.name, wanted))))
    .orderBy(asc(collections.id))
    .for('key share');
  // An id goes before a name, as in every other route.
  return new Map([
    ...rows.map((row) => [row.name, row] as const),
    ...rows.map((row) => [row.id, row] as const),
  ]);
}

/** The same; those that are not there yet are made, as drafts. */
export async function findOrCreateCollections(
  tx: Transaction,
  caller: KeyCaller,
  items: readonly BatchItem[],
  now: Date,
): Promise<NamedCollections> {
  const found = await findCollections(tx, caller, items);
  const missing = [...new Set(items.flatMap(({ collection }) => collection ?? []))].filter(
    (name) => !found.has(name),
  );
  if (missing.length === 0) return found;
  const { userId, environment } = caller;
  // In one order for all, so that two batches that make the same ones wait for each other in turn.
  const rows = missing
    .toSorted()
    .map((name) => ({ id: newCollectionId(), userId, environment, name, createdAt: now, updatedAt: now }));
  const made = await tx
    .insert(collections)
    .values(rows)
    .onConflictDoUpdate({ ...onTakenName, set: { name: sql`excluded.name` } })
    .returning(columns);
  return new Map([...found, ...made.map((row) => [row.name, row] as const)]);
}

/** Where an item is to stand; what it does not name stays as in `current`. */
export function placeOf(item: BatchItem, current: Place, named: NamedCollections): Place | Problem {
  let { collectionId, collection } = current;
  if (item.collection !== undefined) {
    const found = named.get(item.collection);
    if (found === undefined) return refuse('not_found');
    const refusal = frozenRefusal(found);
    if (refusal !== undefined) return refusal;
    collectionId = found.id;
    collection = found.name;
  }
  const tokenId = item.token_id ?? current.tokenId;
  if (tokenId !== null && collectionId === null) {
    return refuse('invalid_request', { errors: [{ pointer: '/token_id', message: 'needs a collection' }] });
  }
  return { collectionId, collection, tokenId };
}

/** One text for each place that only one document can have; undefined where any number can stand. */
export function placeKey({ collectionId, tokenId }: Omit<Place, 'collection'>): string | undefined {
  return collectionId === null || tokenId === null ? undefined : `${collectionId}/${tokenId}`;
}
