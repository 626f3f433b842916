import type { KeyCaller } from '@keyward/guard';
import type { Orm, Transaction } from '@keyward/guard/database';
import { and, desc, eq, or, type SQL } from 'drizzle-orm';
import { type CollectionRow, collections } from '../documents/tables.ts';
import { newCollectionId } from './collection-id.ts';

/** The caller's collections (R3, K5). */
export function collectionsOf(caller: KeyCaller): SQL | undefined {
  return and(eq(collections.userId, caller.userId), eq(collections.environment, caller.environment));
}

/** The caller's collection of this id, or else of this name. */
export async function findCollection(
  orm: Orm | Transaction,
  caller: KeyCaller,
  idOrName: string,
): Promise<CollectionRow | undefined> {
  const [found] = await orm
    .select()
    .from(collections)
    .where(and(collectionsOf(caller), or(eq(collections.id, idOrName), eq(collections.name, idOrName))))
    .orderBy(desc(eq(collections.id, idOrName)))
    .limit(1);
  return found;
}

/** The same; where there is none, a new draft of that name. `now`: wall time. */
export async function findOrCreateCollection(
  tx: Transaction,
  caller: KeyCaller,
  idOrName: string,
  now: Date,
): Promise<CollectionRow> {
  const found = await findCollection(tx, caller, idOrName);
  if (found) return found;
  const { userId, environment } = caller;
  // Of requests that name it first at the same time, one makes it; the others wait for that one and find it.
  const [row] = await tx
    .insert(collections)
    .values({ id: newCollectionId(), userId, environment, name: idOrName, createdAt: now, updatedAt: now })
    .onConflictDoUpdate({
      target: [collections.userId, collections.environment, collections.name],
      set: { name: idOrName },
    })
    .returning();
  return row as CollectionRow;
}
