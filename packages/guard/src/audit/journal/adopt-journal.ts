import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../clock.ts';
import { type ShipOnceResult, shipOnce } from '../shipping/ship-once.ts';
import { lockFolder } from './folder-lock.ts';
import { NoJournalError } from './journal-errors.ts';
import { systemFiles } from './journal-files.ts';
import { JournalReserve } from './journal-reserve.ts';
import { readNodeId } from './node-id.ts';
import { SegmentOpener } from './open-segment.ts';

export interface AdoptJournalOptions {
  readonly databaseUrl: string;
  /** The journal's folder, of a node that never came back; of this machine or a copy of it. */
  readonly folder: string;
  readonly onBatch?: (entries: number) => void;
}

export interface AdoptedJournal extends ShipOnceResult {
  readonly nodeId: string;
}

/**
 * Takes the journal of a node that never came back into the log (A2). The folder holds nothing unshipped then; doing it
 * again is harmless. Throws NoJournalError, JournalInUseError when a live process writes to it, and when the database
 * is away.
 */
export async function adoptJournal(options: AdoptJournalOptions): Promise<AdoptedJournal> {
  const nodeId = await nodeIdOf(options.folder);
  const unlock = lockFolder(options.folder);
  try {
    await finishNewest(options.folder, nodeId);
    const result = await shipOnce(options);
    // Its room is of no use to anybody any more.
    await unlink(join(options.folder, 'reserve')).catch(() => {});
    return { nodeId, ...result };
  } finally {
    unlock();
  }
}

async function nodeIdOf(folder: string): Promise<string> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new NoJournalError(folder, 'there is no such folder');
  const nodeId = await readNodeId(folder);
  if (nodeId !== undefined) return nodeId;
  const inside = join(folder, 'journal');
  if ((await readNodeId(inside)) !== undefined) throw new NoJournalError(folder, `it is in ${inside}`);
  throw new NoJournalError(folder, 'it has no node-id');
}

/** What the node was writing when it died is waited for by a reader until a later segment stands beside it. */
async function finishNewest(folder: string, nodeId: string): Promise<void> {
  const reserve = new JournalReserve({ folder, files: systemFiles, byteLength: 0 });
  const segmentBytesMax = 64 * 1024 * 1024;
  const opener = new SegmentOpener({
    ...{ folder, nodeId, segmentBytesMax, reserve },
    clock: systemClock,
    files: systemFiles,
  });
  const { file } = opener.open();
  await systemFiles.fdatasync(file);
  systemFiles.close(file);
}
