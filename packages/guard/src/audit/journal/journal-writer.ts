import { isFull, JournalUnavailableError } from './journal-errors.ts';
import { type JournalFiles, writeAll } from './journal-files.ts';
import type { JournalRoom } from './journal-room.ts';
import type { Segment, SegmentOpener } from './open-segment.ts';
import { type JournalPosition, segmentHeaderBytes } from './segment-file.ts';
import { UnsyncedRecords } from './unsynced-records.ts';

export interface JournalWriterOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly opener: SegmentOpener;
  readonly room: JournalRoom;
  readonly unsyncedBytesMax: number;
}

/** The end of the reserve, for saying that there is a gap. */
const noticeBytes = 64 * 1024;

/**
 * Puts records into segments and keeps each until it is synced. A segment that has failed once is never written
 * again: after a failed write a reader may already stand behind the end that truncating restores, and after a failed
 * fdatasync the kernel may have dropped the pages it could not write and report success the next time.
 */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  readonly #unsynced = new UnsyncedRecords();
  #current: Segment | null = null;
  #position: JournalPosition = { segment: 0, byteOffset: segmentHeaderBytes };
  /** No longer written to, but not yet synced and closed. */
  #former = new Set<Segment>();

  /** Opens a segment. Throws JournalUnavailableError, except where the disk is full: then the first entry finds it so. */
  constructor(options: JournalWriterOptions) {
    this.#options = options;
    try {
      this.#use(options.opener.open());
    } catch (error) {
      if (!isFull(error)) throw unwritten(error);
    }
  }

  /** The end of what has been written. */
  get position(): JournalPosition {
    return this.#position;
  }

  get isSynced(): boolean {
    return this.#unsynced.count === 0;
  }

  /** So much waits to be synced that soon nothing more will be taken. */
  get isBehind(): boolean {
    return this.#unsynced.byteLength > this.#options.unsyncedBytesMax / 2;
  }

  /**
   * Throws JournalUnavailableError; the record is then not in the journal.
   * A notice, which says that entries are missing, may use what is kept back from them.
   */
  write(record: Buffer, isNotice = false): void {
    if (this.#unsynced.byteLength + record.length > this.#options.unsyncedBytesMax) {
      throw new JournalUnavailableError(
        'behind',
        'The disk does not keep up: too much of the journal waits to be synced',
      );
    }
    this.#unsynced.add(record, this.#append(record, isNotice));
  }

  /** Makes all that was written before the call durable. Throws JournalUnavailableError; nothing is forgotten then. */
  async sync(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { count } = this.#unsynced;
      try {
        await this.#syncSegments();
        this.#unsynced.forget(count);
        this.#closeFormer();
        return;
      } catch (error) {
        if (attempt === 2)
          throw new JournalUnavailableError('unsynced', 'The journal cannot be synced', { cause: error });
        this.#writeAgain();
      }
    }
  }

  close(): void {
    this.#retire();
    for (const segment of this.#former) this.#closeFile(segment);
    this.#former.clear();
  }

  #append(record: Buffer, isNotice: boolean): Segment {
    const { room } = this.#options;
    if (!isNotice && !room.admits(record.length + noticeBytes))
      throw new JournalUnavailableError('no_room', 'The journal has no room');
    try {
      return this.#put(record, this.#segmentFor(record.length, isNotice));
    } catch (error) {
      return this.#appendElsewhere(record, error);
    }
  }

  // A disk that fails may take a new file; one that is full takes nothing but what it has given already.
  #appendElsewhere(record: Buffer, failure: unknown): Segment {
    const { opener, room } = this.#options;
    if (!isFull(failure)) {
      try {
        return this.#put(record, this.#use(opener.open()));
      } catch {
        // The first failure says more.
      }
    }
    try {
      return this.#put(record, this.#useReserve());
    } catch {
      room.failed();
      throw unwritten(failure);
    }
  }

  #segmentFor(byteLength: number, isNotice: boolean): Segment {
    const current = this.#current;
    if (current === null) return this.#use(this.#options.opener.open());
    const kept = current.isReserved && !isNotice ? noticeBytes : 0;
    // One record always fits: a reader takes it whole, however large it is.
    const isNew = current.byteOffset === segmentHeaderBytes && !current.isReserved;
    if (isNew || current.byteOffset + byteLength <= current.bytesMax - kept) return current;
    return this.#use(this.#options.opener.open());
  }

  #put(record: Buffer, segment: Segment): Segment {
    const { files, room } = this.#options;
    try {
      if (segment.isReserved && segment.byteOffset + record.length > segment.bytesMax)
        throw new Error('The record is larger than the reserve');
      writeAll(files, segment.file, record, segment.byteOffset);
    } catch (error) {
      this.#repair(segment);
      throw error;
    }
    segment.byteOffset += record.length;
    this.#position = { segment: segment.number, byteOffset: segment.byteOffset };
    room.wrote(record.length);
    return segment;
  }

  #use(segment: Segment): Segment {
    this.#retire();
    this.#current = segment;
    this.#position = { segment: segment.number, byteOffset: segment.byteOffset };
    return segment;
  }

  #useReserve(): Segment {
    const segment = this.#options.opener.openReserve();
    this.#options.room.tookReserve();
    return this.#use(segment);
  }

  async #syncSegments(): Promise<void> {
    const { files, folder } = this.#options;
    for (const segment of this.#unsynced.segments) {
      await files.fdatasync(segment.file);
      if (segment.isNamed) continue;
      await files.syncFolder(folder);
      segment.isNamed = true;
    }
  }

  #closeFormer(): void {
    const needed = this.#unsynced.segments;
    for (const segment of this.#former) {
      if (needed.has(segment)) continue;
      this.#former.delete(segment);
      this.#closeFile(segment);
    }
  }

  // What is in two segments because of this is one row in the end: the id decides.
  #writeAgain(): void {
    this.#retire();
    for (const unsynced of this.#unsynced.all) unsynced.segment = this.#append(unsynced.record, true);
    this.#closeFormer();
  }

  #repair(segment: Segment): void {
    if (this.#current === segment) this.#retire();
    this.#truncate(segment);
  }

  #retire(): void {
    const segment = this.#current;
    this.#current = null;
    if (segment === null) return;
    this.#former.add(segment);
    if (segment.isReserved) this.#truncate(segment);
  }

  #truncate(segment: Segment): void {
    try {
      this.#options.files.truncate(segment.file, segment.byteOffset);
    } catch {
      // What is left of a record has no valid CRC, and zeros are none; a reader steps over both.
    }
  }

  #closeFile(segment: Segment): void {
    try {
      this.#options.files.close(segment.file);
    } catch {
      // Its records are synced, or will be written again: there is nothing left to lose by it.
    }
  }
}

function unwritten(cause: unknown): JournalUnavailableError {
  return isFull(cause)
    ? new JournalUnavailableError('no_room', 'The disk is full', { cause })
    : new JournalUnavailableError('failing', 'The journal cannot be written', { cause });
}
