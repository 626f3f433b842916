import type { Clock } from '../../clock.ts';
import { JournalUnavailableError } from './journal-errors.ts';
import type { JournalFiles } from './journal-files.ts';
import {
  encodeSegmentHeader,
  type JournalPosition,
  listSegments,
  segmentHeaderBytes,
  segmentPath,
} from './segment-file.ts';

export interface JournalWriterOptions {
  readonly folder: string;
  readonly nodeId: string;
  readonly segmentBytesMax: number;
  readonly unsyncedBytesMax: number;
  readonly clock: Clock;
  readonly files: JournalFiles;
}

interface Segment {
  readonly number: number;
  readonly file: number;
  byteOffset: number;
  isNamed: boolean;
}

interface Unsynced {
  readonly record: Buffer;
  segment: Segment;
}

/**
 * Puts records into segments and keeps each until it is synced. A segment that has failed once is never written
 * again: after a failed write a reader may already stand behind the end that truncating restores, and after a failed
 * fdatasync the kernel may have dropped the pages it could not write and report success the next time.
 */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  #current: Segment | null = null;
  #lastNumber: number;
  #position: JournalPosition;
  #unsynced: Unsynced[] = [];
  #unsyncedBytes = 0;
  /** No longer written to, but not yet synced and closed. */
  #former = new Set<Segment>();

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#lastNumber = listSegments(options.folder).at(-1) ?? 0;
    this.#current = this.#open();
    this.#position = { segment: this.#current.number, byteOffset: segmentHeaderBytes };
  }

  /** The end of what has been written. */
  get position(): JournalPosition {
    return this.#position;
  }

  get isSynced(): boolean {
    return this.#unsynced.length === 0;
  }

  /** Throws JournalUnavailableError; the record is then not in the journal. */
  write(record: Buffer): void {
    if (this.#unsyncedBytes + record.length > this.#options.unsyncedBytesMax) {
      throw new JournalUnavailableError(
        'The disk does not keep up: too much of the journal waits to be synced',
      );
    }
    const segment = this.#append(record);
    this.#unsynced.push({ record, segment });
    this.#unsyncedBytes += record.length;
  }

  /** Makes all that was written before the call durable. Throws JournalUnavailableError; nothing is forgotten then. */
  async sync(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const count = this.#unsynced.length;
      try {
        await this.#syncSegments();
        this.#forget(count);
        return;
      } catch (error) {
        if (attempt === 2)
          throw new JournalUnavailableError('The journal cannot be synced', { cause: error });
        this.#writeAgain();
      }
    }
  }

  close(): void {
    this.#retire();
    for (const segment of this.#former) this.#closeFile(segment);
    this.#former.clear();
  }

  #append(record: Buffer): Segment {
    const { files, segmentBytesMax } = this.#options;
    if (this.#current !== null && this.#current.byteOffset + record.length > segmentBytesMax) this.#retire();
    const segment = this.#current ?? this.#open();
    this.#current = segment;
    try {
      writeAll(files, segment.file, record, segment.byteOffset);
    } catch (error) {
      this.#repair(segment);
      throw new JournalUnavailableError('The journal cannot be written', { cause: error });
    }
    segment.byteOffset += record.length;
    this.#position = { segment: segment.number, byteOffset: segment.byteOffset };
    return segment;
  }

  #open(): Segment {
    const { clock, files, folder, nodeId } = this.#options;
    // Numbers follow the clock as well, so that a folder restored from a copy does not use a number again.
    const number = Math.max(this.#lastNumber + 1, Math.floor(clock.now()));
    this.#lastNumber = number;
    const path = segmentPath(folder, number);
    let file: number | undefined;
    try {
      file = files.create(path);
      const header = encodeSegmentHeader({ nodeId, segment: number, createdAt: Math.floor(clock.now()) });
      writeAll(files, file, header, 0);
    } catch (error) {
      if (file !== undefined) this.#discard(file, path);
      throw new JournalUnavailableError('A new segment of the journal cannot be made', { cause: error });
    }
    return { number, file, byteOffset: segmentHeaderBytes, isNamed: false };
  }

  async #syncSegments(): Promise<void> {
    const { files, folder } = this.#options;
    for (const segment of new Set(this.#unsynced.map((unsynced) => unsynced.segment))) {
      await files.fdatasync(segment.file);
      if (segment.isNamed) continue;
      await files.syncFolder(folder);
      segment.isNamed = true;
    }
  }

  #forget(count: number): void {
    for (const { record } of this.#unsynced.splice(0, count)) this.#unsyncedBytes -= record.length;
    this.#closeFormer();
  }

  #closeFormer(): void {
    const needed = new Set(this.#unsynced.map((unsynced) => unsynced.segment));
    for (const segment of this.#former) {
      if (needed.has(segment)) continue;
      this.#former.delete(segment);
      this.#closeFile(segment);
    }
  }

  // What is in two segments because of this is one row in the end: the id decides.
  #writeAgain(): void {
    this.#retire();
    for (const unsynced of this.#unsynced) unsynced.segment = this.#append(unsynced.record);
    this.#closeFormer();
  }

  #repair(segment: Segment): void {
    this.#retire();
    try {
      this.#options.files.truncate(segment.file, segment.byteOffset);
    } catch {
      // What is left of the record has no valid CRC; a reader steps over it.
    }
  }

  #retire(): void {
    if (this.#current !== null) this.#former.add(this.#current);
    this.#current = null;
  }

  #discard(file: number, path: string): void {
    try {
      this.#options.files.close(file);
      this.#options.files.unlink(path);
    } catch {
      // A segment without records is stepped over, and removed when what is before it has been shipped.
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

function writeAll(files: JournalFiles, file: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    const count = files.write(file, bytes, written, position + written);
    if (count === 0) throw new Error('The file system took no bytes');
    written += count;
  }
}
