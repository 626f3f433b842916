import { type Problem, refuse } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { and, eq, ne, sql } from 'drizzle-orm';
import { mediaPlace } from '../media-place.ts';
import { type MediaRow, media, mediaUploads, mediaUsage } from '../media-table.ts';
import type { MediaStore } from '../storage/media-store.ts';
import { isReferenced, removeUnreferenced } from './forget-media.ts';
import { lockOwner } from './owner-lock.ts';

export interface Keeping {
  readonly database: Database;
  readonly store: MediaStore;
  readonly quotaBytes: number;
}

/**
 * Puts a finished file into the store and then its row into the database, or neither. Content that the owner has
 * already in this environment is kept once and counted once. Refuses with `quota_exceeded`.
 */
export async function keepMedia(keeping: Keeping, row: MediaRow, file: string): Promise<Problem | undefined> {
  const place = mediaPlace(row, row.sha256);
  try {
    return await keeping.database.orm.transaction(async (transaction) => {
      await lockOwner(transaction, place.ownerKey);
      const isNew = !(await isReferenced(transaction, place));
      if (isNew && !(await takeRoom(transaction, row, keeping.quotaBytes))) {
        return refuse('quota_exceeded', {
          detail: `All files of an owner have at most ${keeping.quotaBytes} bytes.`,
        });
      }
      await keeping.store.put(place, file);
      await transaction.insert(media).values(row);
      return undefined;
    });
  } catch (error) {
    // Whether the row was committed or not is asked of the database; if it is away too, the next sweep asks it.
    await removeUnreferenced(keeping.database, keeping.store, place).catch(() => {});
    throw error;
  }
}

async function takeRoom(transaction: Transaction, row: MediaRow, quotaBytes: number): Promise<boolean> {
  const room = quotaBytes - (await pendingBytes(transaction, row));
  if (row.bytes > room) return false;
  const taken = await transaction
    .insert(mediaUsage)
    .values({ userId: row.userId, bytes: row.bytes })
    .onConflictDoUpdate({
      target: mediaUsage.userId,
      set: { bytes: sql`${mediaUsage.bytes} + excluded.bytes` },
      setWhere: sql`${mediaUsage.bytes} + excluded.bytes <= ${room}`,
    })
    .returning({ bytes: mediaUsage.bytes });
  return taken.length === 1;
}

/** Of the owner's resumable uploads, without the one that this file comes from. */
async function pendingBytes(transaction: Transaction, row: MediaRow): Promise<number> {
  const [pending] = await transaction
    .select({ bytes: sql`coalesce(sum(${mediaUploads.bytes}), 0)`.mapWith(Number) })
    .from(mediaUploads)
    .where(and(eq(mediaUploads.userId, row.userId), ne(mediaUploads.id, row.id)));
  return pending?.bytes ?? 0;
}
