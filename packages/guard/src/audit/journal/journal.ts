import type { Clock } from '../../clock.ts';
import type { AuditEntry } from '../entry.ts';
import { encodeEntry } from './encode-entry.ts';
import { Gap } from './gap.ts';
import type { GroupCommit } from './group-commit.ts';
import { JournalUnavailableError } from './journal-errors.ts';
import type { JournalRoom } from './journal-room.ts';
import type { JournalWriter } from './journal-writer.ts';
import { encodeRecord, recordEntriesMax } from './record.ts';
import type { JournalPosition } from './segment-file.ts';

export interface JournalParts {
  readonly nodeId: string;
  readonly writer: JournalWriter;
  readonly commit: GroupCommit;
  readonly room: JournalRoom;
  readonly clock: Clock;
  /** Gives back what the journal holds besides its segments. */
  readonly release: () => void;
}

/** The entries of one turn of the event loop, which are written together and share one promise. */
interface Turn {
  lines: string;
  entries: number;
  readonly written: PromiseWithResolvers<void>;
}

const lineCharactersPerRecord = 256 * 1024;

/** The journal of one node (A2): an entry is in a file before its answer goes out. */
export class Journal {
  /** Made with the folder; names this journal in `journal_positions`. */
  readonly nodeId: string;
  readonly #parts: JournalParts;
  #turn: Turn | null = null;
  #gap: Gap | null = null;
  #closing: Promise<void> | null = null;

  constructor(parts: JournalParts) {
    this.nodeId = parts.nodeId;
    this.#parts = parts;
  }

  /** The end of what has been written. */
  get position(): JournalPosition {
    return this.#parts.writer.position;
  }

  /**
   * Whether the entry of a change that begins now is sure to find room (A2). Otherwise the change has to be refused;
   * what only reads goes on, and is appended or `missed`.
   */
  get takesChanges(): boolean {
    const { room, writer } = this.#parts;
    return !room.isLow && !writer.isBehind && this.#closing === null;
  }

  /** Resolves once the entry is in the file, which survives kill -9. Rejects with JournalUnavailableError. */
  append(entry: AuditEntry): Promise<void> {
    if (this.#closing !== null)
      return Promise.reject(new JournalUnavailableError('closed', 'The journal is closed'));
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
    await this.#parts.commit.sync();
  }

  /**
   * Counts a request that is answered though there was no room for its entry. How many there were is an entry of its
   * own (`audit.gap`) as soon as there is room. True when this is the first one.
   */
  missed(isChange: boolean): boolean {
    const now = this.#parts.clock.now();
    const isFirst = this.#gap === null;
    this.#gap ??= new Gap(this.nodeId, now);
    this.#gap.count(now, isChange);
    if (isFirst) this.#note(this.#gap.begun(now), true);
    return isFirst;
  }

  /** Writes a gap that is over. To be called when there may be room again; a little of it is no end. */
  endGap(): void {
    if (this.#gap === null || this.#parts.room.isShort) return;
    if (this.#note(this.#gap.ended(this.#parts.clock.now()), false)) this.#gap = null;
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
      this.#parts.writer.write(encodeRecord(turn.lines, turn.entries));
      this.#parts.commit.schedule();
      turn.written.resolve();
    } catch (error) {
      turn.written.reject(error);
      return;
    }
    if (this.#gap !== null) this.endGap();
  };

  /** Whether it could be written. */
  #note(entry: AuditEntry, isNotice: boolean): boolean {
    try {
      this.#parts.writer.write(encodeRecord(encodeEntry(entry), 1), isNotice);
      this.#parts.commit.schedule();
      return true;
    } catch {
      return false;
    }
  }

  async #close(): Promise<void> {
    const { writer, commit, room, release, clock } = this.#parts;
    this.#writeTurn();
    if (this.#gap !== null) this.#note(this.#gap.ended(clock.now()), true);
    commit.stop();
    try {
      if (!writer.isSynced) await commit.sync();
    } finally {
      await room.close();
      writer.close();
      release();
    }
  }
}
