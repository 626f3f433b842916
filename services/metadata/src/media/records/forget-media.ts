import type { Database, Transaction } from '@keyward/guard/database';
import { and, eq, sql } from 'drizzle-orm';
import { type MediaOwner, type MediaPlace, mediaPlace, ownerKeyOf } from '../media-place.ts';
import { media, mediaUsage } from '../media-table.ts';
import type { MediaStore } from '../storage/media-store.ts';
import { lockOwner } from './owner-lock.ts';

/** Deletes a row of this owner and, when it was the last one for its content, the bytes. False: there was none. */
export async function forgetMedia(
  database: Database,
  store: MediaStore,
  owner: MediaOwner,
  id: string,
): Promise<boolean> {
  const place = await database.orm.transaction(async (transaction) => {
    await lockOwner(transaction, ownerKeyOf(owner.userId));
    const [row] = await transaction
      .delete(media)
      .where(and(eq(media.id, id), eq(media.userId, owner.userId), eq(media.environment, owner.environment)))
      .returning({ sha256: media.sha256, bytes: media.bytes });
    if (!row) return undefined;
    const freed = mediaPlace(owner, row.sha256);
    if (!(await isReferenced(transaction, freed))) {
      await transaction
        .update(mediaUsage)
        .set({ bytes: sql`greatest(0, ${mediaUsage.bytes} - ${row.bytes})` })
        .where(eq(mediaUsage.userId, owner.userId));
    }
    return freed;
  });
  if (!place) return false;
  // Only once the row is gone for good: bytes without a row are swept, a row without bytes would be a loss.
  await removeUnreferenced(database, store, place);
  return true;
}

/** Removes bytes that no row names, which is judged while nobody can add one. True: they were removed. */
export async function removeUnreferenced(
  database: Database,
  store: MediaStore,
  place: MediaPlace,
): Promise<boolean> {
  return database.orm.transaction(async (transaction) => {
    await lockOwner(transaction, place.ownerKey);
    if (await isReferenced(transaction, place)) return false;
    await store.delete(place);
    return true;
  });
}

/** Whether any row names these bytes. */
export async function isReferenced(
  executor: Pick<Transaction, 'select'>,
  place: MediaPlace,
): Promise<boolean> {
  const rows = await executor
    .select({ id: media.id })
    .from(media)
    .where(
      and(
        eq(media.ownerKey, place.ownerKey),
        eq(media.environment, place.environment),
        eq(media.sha256, place.sha256),
      ),
    )
    .limit(1);
  return rows.length === 1;
}
