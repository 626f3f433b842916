import { type Problem, refuse } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { eq, inArray, sql } from 'drizzle-orm';
import type { MediaLog } from '../media/create-media.ts';
import { type MediaPlace, mediaPlace, ownerKeyOf } from '../media/media-place.ts';
import { media, mediaUsage } from '../media/media-table.ts';
import { isReferenced, removeUnreferenced } from '../media/records/forget-media.ts';
import { lockOwner } from '../media/records/owner-lock.ts';
import { hasRoom } from '../media/storage/has-room.ts';
import type { MediaStore } from '../media/storage/media-store.ts';
import { copyBytes } from './copy-bytes.ts';

export interface MediaMoving {
  readonly database: Database;
  readonly store: MediaStore;
  readonly quotaBytes: number;
  /** Folder for files on their way, on the disk of the store. */
  readonly incoming: string;
  readonly log?: MediaLog | undefined;
}

interface MediaMoved {
  readonly count: number;
  readonly settle: (isCommitted: boolean) => Promise<void>;
}

/** Bytes that lie at one place and are to lie at another. */
interface Move {
  readonly old: MediaPlace;
  readonly new: MediaPlace;
  readonly bytes: number;
}

/**
 * Makes one person's files another's. Bytes lie in the folder of their owner: they are copied before the rows change hands
 * with the transaction, and what is then one copy too many is removed afterwards, so that at every moment each row has its
 * bytes. Refuses with `quota_exceeded` for more than the new owner may keep, `storage_full`, and `conflict` where the files
 * are not on this machine.
 */
export async function moveMedia(
  moving: MediaMoving,
  tx: Transaction,
  from: string,
  to: string,
): Promise<MediaMoved | Problem> {
  const owners = [ownerKeyOf(from), ownerKeyOf(to)].sort();
  for (const owner of owners) await lockOwner(tx, owner);
  const moves = await movesOf(tx, from, to);
  if (moves.length === 0) return { count: 0, settle: async () => {} };
  const missing = await missingOf(tx, moves);
  const refusal = await roomRefusal(moving.store, missing);
  if (refusal !== undefined) return refusal;
  const moved = await tx
    .update(media)
    .set({ userId: to, ownerKey: ownerKeyOf(to) })
    .where(eq(media.userId, from));
  if (!(await countUsage(tx, from, to, moving.quotaBytes))) {
    const detail = `All files of an owner have at most ${moving.quotaBytes} bytes; those of both have more.`;
    return refuse('quota_exceeded', { detail });
  }
  const copied = await copyAll(moving, missing);
  const settle = async (isCommitted: boolean) =>
    remove(moving, isCommitted ? moves.map((move) => move.old) : missing.map((move) => move.new));
  return copied ?? { count: moved.rowCount ?? 0, settle };
}

/** One for each content in each environment. */
async function movesOf(tx: Transaction, from: string, to: string): Promise<Move[]> {
  const contents = await tx
    .selectDistinctOn([media.environment, media.sha256], {
      environment: media.environment,
      sha256: media.sha256,
      bytes: media.bytes,
    })
    .from(media)
    .where(eq(media.userId, from));
  return contents.map(({ environment, sha256, bytes }) => ({
    old: mediaPlace({ userId: from, environment }, sha256),
    new: mediaPlace({ userId: to, environment }, sha256),
    bytes,
  }));
}

/** Those whose bytes the new owner has not got already. */
async function missingOf(tx: Transaction, moves: readonly Move[]): Promise<Move[]> {
  const missing: Move[] = [];
  for (const move of moves) if (!(await isReferenced(tx, move.new))) missing.push(move);
  return missing;
}

async function roomRefusal(store: MediaStore, missing: readonly Move[]): Promise<Problem | undefined> {
  const usage = await store.usage().catch(notHere);
  if (usage === undefined) return elsewhere;
  const needed = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  return hasRoom({ ...usage, freeBytes: usage.freeBytes - needed }) ? undefined : refuse('storage_full');
}

/** What both have once is counted once. False: it is more than one owner may keep. */
async function countUsage(tx: Transaction, from: string, to: string, quotaBytes: number): Promise<boolean> {
  const contents = tx
    .selectDistinctOn([media.environment, media.sha256], { bytes: media.bytes })
    .from(media)
    .where(eq(media.userId, to))
    .as('contents');
  const [sum] = await tx
    .select({ bytes: sql<number>`coalesce(sum(${contents.bytes}), 0)`.mapWith(Number) })
    .from(contents);
  const bytes = sum?.bytes ?? 0;
  await tx.delete(mediaUsage).where(inArray(mediaUsage.userId, [from, to]));
  await tx.insert(mediaUsage).values({ userId: to, bytes });
  return bytes <= quotaBytes;
}

async function copyAll(moving: MediaMoving, missing: readonly Move[]): Promise<Problem | undefined> {
  const begun: MediaPlace[] = [];
  try {
    for (const move of missing) {
      begun.push(move.new);
      await copyBytes(moving, move);
    }
    return undefined;
  } catch (error) {
    // Nobody else names them, and the owner is locked: nothing waits for the sweep at the next start.
    for (const place of begun) await moving.store.delete(place).catch(() => {});
    await notHere(error);
    return elsewhere;
  }
}

const elsewhere = refuse('conflict', {
  detail: 'The media files of this person are not on this machine; hand over on the one that keeps them.',
});

/** Of what went wrong, that a file or folder is missing is for the operator to mend. */
async function notHere(error: unknown): Promise<undefined> {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/** Each is judged once more by the rows; what cannot be removed now, the sweep at the next start removes. */
async function remove({ database, store, log }: MediaMoving, places: readonly MediaPlace[]): Promise<void> {
  for (const place of places) {
    await removeUnreferenced(database, store, place).catch((error: unknown) =>
      log?.warn({ error }, 'media that were handed over could not be removed'),
    );
  }
}
