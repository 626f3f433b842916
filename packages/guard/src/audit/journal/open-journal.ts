import { mkdir } from 'node:fs/promises';
import { type Clock, systemClock } from '../../clock.ts';
import { lockFolder } from './folder-lock.ts';
import { GroupCommit } from './group-commit.ts';
import { Journal } from './journal.ts';
import { type JournalFiles, systemFiles } from './journal-files.ts';
import { JournalReserve } from './journal-reserve.ts';
import { JournalRoom } from './journal-room.ts';
import { JournalWriter } from './journal-writer.ts';
import { ensureNodeId } from './node-id.ts';
import { SegmentOpener } from './open-segment.ts';
import { listSegments, segmentPath } from './segment-file.ts';
import { trimSegment } from './trim-segment.ts';

export interface JournalOptions {
  /** A folder of this node alone. Made if it is missing. */
  readonly folder: string;
  /** How long an entry may wait for fdatasync (A2). Default 20. */
  readonly syncIntervalMs?: number;
  /** A segment is ended before it grows beyond this. Default 64 MiB. */
  readonly segmentBytesMax?: number;
  /** Entries are refused while more than this waits to be synced. Default 64 MiB. */
  readonly unsyncedBytesMax?: number;
  /** What all segments together may take (O6). Default 10 GiB, or half of what is free if that is less. */
  readonly bytesMax?: number;
  /** Room that is kept for requests that have been let in; changes are refused while less is left. Default 64 MiB. */
  readonly reserveBytes?: number;
  /** How often the room on the disk is looked at. Default 1,000. */
  readonly checkIntervalMs?: number;
  /** Told of every sync that fails; it is tried again. */
  readonly onError?: (error: unknown) => void;
  /** Told when changes begin to be refused for want of room, and when that ends. */
  readonly onLow?: (isLow: boolean) => void;
  readonly clock?: Clock;
  readonly files?: JournalFiles;
}

const mebibyte = 1024 * 1024;

/** Opens a node's journal, in a new segment. Throws JournalInUseError and JournalUnavailableError. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(options.folder);
  try {
    return await openLocked(options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openLocked(options: JournalOptions, unlock: () => void): Promise<Journal> {
  const { folder, files = systemFiles, clock = systemClock } = options;
  const nodeId = await ensureNodeId(folder);
  trimNewest(folder);
  const reserve = new JournalReserve({ folder, files, byteLength: options.reserveBytes ?? 64 * mebibyte });
  const room = new JournalRoom({
    ...{ folder, files, reserve },
    bytesMax: options.bytesMax,
    checkIntervalMs: options.checkIntervalMs ?? 1_000,
    onChecked: () => journal.endGap(),
    onLow: options.onLow ?? (() => {}),
  });
  const segmentBytesMax = options.segmentBytesMax ?? 64 * mebibyte;
  const writer = new JournalWriter({
    ...{ folder, files, room },
    opener: new SegmentOpener({ folder, nodeId, segmentBytesMax, clock, files, reserve }),
    unsyncedBytesMax: options.unsyncedBytesMax ?? 64 * mebibyte,
  });
  const commit = new GroupCommit({
    sync: () => writer.sync(),
    intervalMs: options.syncIntervalMs ?? 20,
    onError: options.onError ?? (() => {}),
  });
  const release = () => {
    reserve.close();
    unlock();
  };
  const journal = new Journal({ nodeId, writer, commit, room, clock, release });
  await room.open();
  return journal;
}

/** Of all that a crash leaves, only the newest segment can have zeros behind its records. */
function trimNewest(folder: string): void {
  const newest = listSegments(folder).at(-1);
  if (newest === undefined) return;
  try {
    trimSegment(segmentPath(folder, newest));
  } catch {
    // They take room and harm nothing.
  }
}
