import type { KeyCaller } from '@keyward/guard';
import type { Orm, Transaction } from '@keyward/guard/database';
import { and, desc, eq, isNull, or, type SQL } from 'drizzle-orm';
import { type CollectionRow, collections } from '../documents/tables.ts';
import { newCollectionId } from './collection-id.ts';

/** The caller's collections that are not deleted (R3, K5). */
export function collectionsOf(caller: KeyCaller): SQL | undefined {
  return and(allCollectionsOf(caller), isNull(collections.deletedAt));
}

/** The same and those that are deleted. */
export function allCollectionsOf(caller: KeyCaller): SQL | undefined {
  return and(eq(collections.userId, caller.userId), eq(collections.environment, caller.environment));
}

/** The caller's collection of this id, or else of this name. */
export async function findCollection(
  orm: Orm | Transaction,
  caller: KeyCaller,
  idOrName: string,
): Promise<CollectionRow | undefined> {
  const [found] = await called(orm, caller, idOrName);
  return found;
}

/**
 * The same, held until the transaction ends: with `key share` nobody deletes or freezes it, with `update` nobody adds to it
 * either. Collections are held before documents are locked, so that nobody waits in a circle.
 */
export async function holdCollection(
  tx: Transaction,
  caller: KeyCaller,
  idOrName: string,
  strength: 'key share' | 'update',
): Promise<CollectionRow | undefined> {
  const [held] = await called(tx, caller, idOrName).for(strength);
  return held;
}

/** The same for what is to be added to it; where there is none, a new draft of that name. `now`: wall time. */
export async function findOrCreateCollection(
  tx: Transaction,
  caller: KeyCaller,
  idOrName: string,
  now: Date,
): Promise<CollectionRow> {
  const found = await holdCollection(tx, caller, idOrName, 'key share');
  if (found) return found;
  const { userId, environment } = caller;
  // Of requests that name it first at the same time, one makes it; the others wait for that one and find it.
  const [row] = await tx
    .insert(collections)
    .values({ id: newCollectionId(), userId, environment, name: idOrName, createdAt: now, updatedAt: now })
    .onConflictDoUpdate({ ...onTakenName, set: { name: idOrName } })
    .returning();
  return row as CollectionRow;
}

/** The names of one owner's collections are unique; that of a deleted one is free. */
export const onTakenName = {
  target: [collections.userId, collections.environment, collections.name],
  targetWhere: isNull(collections.deletedAt),
};

function called(orm: Orm | Transaction, caller: KeyCaller, idOrName: string) {
  return orm
    .select()
    .from(collections)
    .where(and(collectionsOf(caller), or(eq(collections.id, idOrName), eq(collections.name, idOrName))))
    .orderBy(desc(eq(collections.id, idOrName)))
    .limit(1)
    .$dynamic();
}
