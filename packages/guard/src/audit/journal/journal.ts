import { mkdir } from 'node:fs/promises';
import { type Clock, systemClock } from '../../clock.ts';
import type { AuditEntry } from '../entry.ts';
import { encodeEntry } from './encode-entry.ts';
import { lockFolder } from './folder-lock.ts';
import { GroupCommit } from './group-commit.ts';
import { JournalUnavailableError } from './journal-errors.ts';
import { type JournalFiles, systemFiles } from './journal-files.ts';
import { JournalWriter } from './journal-writer.ts';
import { ensureNodeId } from './node-id.ts';
import { encodeRecord, recordEntriesMax } from './record.ts';
import type { JournalPosition } from './segment-file.ts';

export interface JournalOptions {
  /** A folder of this node alone. Made if it is missing. */
  readonly folder: string;
  /** How long an entry may wait for fdatasync (A2). Default 20. */
  readonly syncIntervalMs?: number;
  /** A segment is ended before it grows beyond this. Default 64 MiB. */
  readonly segmentBytesMax?: number;
  /** Entries are refused while more than this waits to be synced. Default 64 MiB. */
  readonly unsyncedBytesMax?: number;
  /** Told of every sync that fails; it is tried again. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly files?: JournalFiles;
}

const lineCharactersPerRecord = 256 * 1024;

/** Opens a node's journal, in a new segment. Throws JournalInUseError and JournalUnavailableError. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(options.folder);
  try {
    const nodeId = await ensureNodeId(options.folder);
    const writer = new JournalWriter({
      folder: options.folder,
      nodeId,
      segmentBytesMax: options.segmentBytesMax ?? 64 * 1024 * 1024,
      unsyncedBytesMax: options.unsyncedBytesMax ?? 64 * 1024 * 1024,
      clock: options.clock ?? systemClock,
      files: options.files ?? systemFiles,
    });
    const commit = new GroupCommit({
      sync: () => writer.sync(),
      intervalMs: options.syncIntervalMs ?? 20,
      onError: options.onError ?? (() => {}),
    });
    return new Journal(nodeId, writer, commit, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The entries of one turn of the event loop, which are written together and share one promise. */
interface Turn {
  lines: string;
  entries: number;
  readonly written: PromiseWithResolvers<void>;
}

/** The journal of one node (A2): an entry is in a file before its answer goes out. */
export class Journal {
  /** Made with the folder; names this journal in `journal_positions`. */
  readonly nodeId: string;
  readonly #writer: JournalWriter;
  readonly #commit: GroupCommit;
  readonly #unlock: () => void;
  #turn: Turn | null = null;
  #closing: Promise<void> | null = null;

  constructor(nodeId: string, writer: JournalWriter, commit: GroupCommit, unlock: () => void) {
    this.nodeId = nodeId;
    this.#writer = writer;
    this.#commit = commit;
    this.#unlock = unlock;
  }

  /** The end of what has been written. */
  get position(): JournalPosition {
    return this.#writer.position;
  }

  /** Resolves once the entry is in the file, which survives kill -9. Rejects with JournalUnavailableError. */
  append(entry: AuditEntry): Promise<void> {
    if (this.#closing !== null) return Promise.reject(new JournalUnavailableError('The journal is closed'));
    let turn = this.#turn;
    if (turn === null) {
      turn = { lines: '', entries: 0, written: Promise.withResolvers() };
      this.#turn = turn;
      setImmediate(this.#writeTurn);
    }
    turn.lines += encodeEntry(entry);
    turn.entries += 1;
    if (turn.lines.length >= lineCharactersPerRecord || turn.entries === recordEntriesMax) this.#writeTurn();
    return turn.written.promise;
  }

  /** Resolves once the entry is on the disk, which survives loss of power. Rejects with JournalUnavailableError. */
  async appendSynced(entry: AuditEntry): Promise<void> {
    await this.append(entry);
    await this.#commit.sync();
  }

  /** Writes and syncs what there is, and lets go of the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  // An immediate runs after all sockets that were ready in this turn have been handled.
  readonly #writeTurn = (): void => {
    const turn = this.#turn;
    if (turn === null) return;
    this.#turn = null;
    try {
      this.#writer.write(encodeRecord(turn.lines, turn.entries));
      this.#commit.schedule();
      turn.written.resolve();
    } catch (error) {
      turn.written.reject(error);
    }
  };

  async #close(): Promise<void> {
    this.#writeTurn();
    this.#commit.stop();
    try {
      if (!this.#writer.isSynced) await this.#commit.sync();
    } finally {
      this.#writer.close();
      this.#unlock();
    }
  }
}
