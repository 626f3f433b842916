import type { Clock } from '../../clock.ts';
import { type JournalFiles, writeAll } from './journal-files.ts';
import type { JournalReserve } from './journal-reserve.ts';
import { encodeSegmentHeader, listSegments, segmentHeaderBytes, segmentPath } from './segment-file.ts';

/** A segment that is open for writing. */
export interface Segment {
  readonly number: number;
  readonly file: number;
  /** Where it ends whatever comes. */
  readonly bytesMax: number;
  /** Its room is on the disk already; behind its last record stand zeros. */
  readonly isReserved: boolean;
  byteOffset: number;
  /** Its name is on the disk. */
  isNamed: boolean;
}

export interface SegmentOpenerOptions {
  readonly folder: string;
  readonly nodeId: string;
  readonly segmentBytesMax: number;
  readonly clock: Clock;
  readonly files: JournalFiles;
  readonly reserve: JournalReserve;
}

/** Makes a journal's segments, each with a number that none before it had. */
export class SegmentOpener {
  readonly #options: SegmentOpenerOptions;
  #lastNumber: number;

  constructor(options: SegmentOpenerOptions) {
    this.#options = options;
    this.#lastNumber = listSegments(options.folder).at(-1) ?? 0;
  }

  /** A new file. Throws what the file system says. */
  open(): Segment {
    const { files, folder, segmentBytesMax } = this.#options;
    const number = this.#nextNumber();
    const path = segmentPath(folder, number);
    let file: number | undefined;
    try {
      file = files.create(path);
      writeAll(files, file, this.#header(number), 0);
    } catch (error) {
      if (file !== undefined) this.#discard(file, path);
      throw error;
    }
    return opened(number, file, segmentBytesMax, false);
  }

  /** The reserve, under the name of a segment. Throws when there is none. */
  openReserve(): Segment {
    const { files, folder, reserve } = this.#options;
    const file = reserve.take();
    if (file === undefined) throw new Error('The reserve of the journal is used up');
    const number = this.#nextNumber();
    try {
      writeAll(files, file, this.#header(number), 0);
      files.rename(reserve.path, segmentPath(folder, number));
    } catch (error) {
      // Under its own name it holds no records, and is looked at before it serves again.
      files.close(file);
      throw error;
    }
    return opened(number, file, reserve.byteLength, true);
  }

  // Numbers follow the clock as well, so that a folder restored from a copy does not use a number again.
  #nextNumber(): number {
    this.#lastNumber = Math.max(this.#lastNumber + 1, Math.floor(this.#options.clock.now()));
    return this.#lastNumber;
  }

  #header(segment: number): Buffer {
    const { clock, nodeId } = this.#options;
    return encodeSegmentHeader({ nodeId, segment, createdAt: Math.floor(clock.now()) });
  }

  #discard(file: number, path: string): void {
    try {
      this.#options.files.close(file);
      this.#options.files.unlink(path);
    } catch {
      // A segment without records is stepped over, and removed when what is before it has been shipped.
    }
  }
}

function opened(number: number, file: number, bytesMax: number, isReserved: boolean): Segment {
  return { number, file, bytesMax, isReserved, byteOffset: segmentHeaderBytes, isNamed: false };
}
