import { type Problem, refuse } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { and, count, eq, gt, lte, sql } from 'drizzle-orm';
import { type MediaOwner, ownerKeyOf } from '../media-place.ts';
import { type MediaUploadRow, mediaUploads, mediaUsage } from '../media-table.ts';
import { lockOwner } from '../records/owner-lock.ts';

const unfinishedMax = 100;

const tooMany = refuse('quota_exceeded', {
  detail: `An owner has at most ${unfinishedMax} unfinished uploads; finish or delete some.`,
});

/** Begins an upload. Its bytes are taken from the quota at once, so that what was begun can be finished. */
export async function beginUpload(
  database: Database,
  row: MediaUploadRow,
  quotaBytes: number,
): Promise<Problem | undefined> {
  return database.orm.transaction(async (tx) => {
    await lockOwner(tx, ownerKeyOf(row.userId));
    const mine = eq(mediaUploads.userId, row.userId);
    const [pending] = await tx
      .select({ count: count(), bytes: sql`coalesce(sum(${mediaUploads.bytes}), 0)`.mapWith(Number) })
      .from(mediaUploads)
      .where(mine);
    const [usage] = await tx.select().from(mediaUsage).where(eq(mediaUsage.userId, row.userId));
    if ((pending?.count ?? 0) >= unfinishedMax) return tooMany;
    if ((pending?.bytes ?? 0) + (usage?.bytes ?? 0) + row.bytes > quotaBytes) {
      return refuse('quota_exceeded', {
        detail: `All files of an owner have at most ${quotaBytes} bytes, unfinished uploads included.`,
      });
    }
    await tx.insert(mediaUploads).values(row);
    return undefined;
  });
}

/** An unfinished upload of this owner and environment that has not expired. */
export async function findUpload(
  database: Database,
  owner: MediaOwner,
  id: string,
  nowMs: number,
): Promise<MediaUploadRow | undefined> {
  const { userId, environment } = owner;
  const isOwn = and(eq(mediaUploads.userId, userId), eq(mediaUploads.environment, environment));
  const [row] = await database.orm
    .select()
    .from(mediaUploads)
    .where(and(eq(mediaUploads.id, id), isOwn, gt(mediaUploads.expiresAt, new Date(nowMs))));
  return row;
}

export async function endUpload(database: Database, id: string): Promise<void> {
  await database.orm.delete(mediaUploads).where(eq(mediaUploads.id, id));
}

/** Whether there is such an upload that has not expired, whosever it is. */
export async function isUnfinished(database: Database, id: string, nowMs: number): Promise<boolean> {
  const rows = await database.orm
    .select({ id: mediaUploads.id })
    .from(mediaUploads)
    .where(and(eq(mediaUploads.id, id), gt(mediaUploads.expiresAt, new Date(nowMs))));
  return rows.length === 1;
}

/** Ends the uploads that have expired, and gives their bytes back to the quota. */
export async function endExpiredUploads(database: Database, nowMs: number): Promise<void> {
  await database.orm.delete(mediaUploads).where(lte(mediaUploads.expiresAt, new Date(nowMs)));
}
