import { stat } from 'node:fs/promises';
import type { JournalFiles } from './journal-files.ts';
import type { JournalReserve } from './journal-reserve.ts';
import { listSegments, segmentPath } from './segment-file.ts';

export interface JournalRoomOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly reserve: JournalReserve;
  /** Undefined: 10 GiB, or half of what is free if that is less. */
  readonly bytesMax: number | undefined;
  readonly checkIntervalMs: number;
  /** After each look at the disk. */
  readonly onChecked: () => void;
  /** Told at once when `isLow` begins, and with a look at the disk when it has ended. */
  readonly onLow: (isLow: boolean) => void;
}

const defaultBytesMax = 10 * 1024 ** 3;

/**
 * How much room the journal has (A2, O6). Looks at the disk once a second, off this thread; between two looks the
 * reserve stands in for whoever fills the disk faster than that.
 */
export class JournalRoom {
  readonly #options: JournalRoomOptions;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();
  // Not known yet: writing says how it is.
  #freeBytes = Number.POSITIVE_INFINITY;
  #usedBytes = 0;
  /** Written since the look at the disk began that is under way: it may not have seen them. */
  #unseenBytes = 0;
  #bytesMax: number;
  #isShort = false;
  #reserveWasTried = false;
  /** The last write failed. */
  #isFailing = false;
  #mayTryAgain = true;
  #wasLow = false;

  constructor(options: JournalRoomOptions) {
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? Number.POSITIVE_INFINITY;
  }

  /** Looks at the disk now, and from then on in the background. */
  async open(): Promise<void> {
    await this.#measure().catch(() => {});
    this.#judge();
    this.#tell();
    this.#again(0);
  }

  /** Less than the reserve is left. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Less than the reserve is left, or a write has failed: changes have to be refused before they are made. */
  get isLow(): boolean {
    return this.#isShort || this.#isFailing;
  }

  /** Whether writing so many bytes is worth a try. */
  admits(byteLength: number): boolean {
    if (this.#isFailing && !this.#mayTryAgain) return false;
    return this.#usedBytes + byteLength <= this.#bytesMax;
  }

  wrote(byteLength: number): void {
    this.#usedBytes += byteLength;
    this.#unseenBytes += byteLength;
    this.#isFailing = false;
    if (this.#usedBytes + this.#options.reserve.byteLength <= this.#bytesMax) return;
    this.#isShort = true;
    this.#tell();
  }

  /** The reserve is being written to. */
  tookReserve(): void {
    this.#isShort = true;
    this.#tell();
  }

  /** Nothing could be written. Not tried again before the next look at the disk. */
  failed(): void {
    this.#isFailing = true;
    this.#mayTryAgain = false;
    this.#tell();
  }

  /** Resolves when nothing is looked at or written any more. */
  async close(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#checking;
  }

  #again(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#checking = this.#check();
    }, delayMs).unref();
  }

  async #check(): Promise<void> {
    try {
      await this.#measure();
      await this.#restoreReserve();
    } catch {
      // What cannot be measured is judged by what was known before; writing says how it is.
    }
    if (this.#stopping.signal.aborted) return;
    this.#judge();
    this.#mayTryAgain = true;
    this.#options.onChecked();
    this.#tell();
    this.#again(this.#options.checkIntervalMs);
  }

  #tell(): void {
    if (this.#wasLow === this.isLow) return;
    this.#wasLow = this.isLow;
    this.#options.onLow(this.isLow);
  }

  async #measure(): Promise<void> {
    const { files, folder, bytesMax } = this.#options;
    this.#unseenBytes = 0;
    const [freeBytes, seenBytes] = await Promise.all([files.freeBytes(folder), bytesOf(folder)]);
    const usedBytes = seenBytes + this.#unseenBytes;
    this.#freeBytes = freeBytes;
    this.#usedBytes = usedBytes;
    // It never shrinks: a disk that others fill must not take the journal's own room.
    const half = Math.min(defaultBytesMax, Math.floor((freeBytes + usedBytes) / 2));
    const before = Number.isFinite(this.#bytesMax) ? this.#bytesMax : 0;
    this.#bytesMax = bytesMax ?? Math.max(before, half);
  }

  async #restoreReserve(): Promise<void> {
    const { reserve } = this.#options;
    if (reserve.isReady) return;
    // What the disk has must outlast the reserve, or others would be short of room because of it. A reserve that is
    // there already needs none; `make` finds it.
    if (this.#reserveWasTried && this.#freeBytes < 2.25 * reserve.byteLength) return;
    await reserve.make(this.#stopping.signal).catch(() => {});
    this.#reserveWasTried = true;
    await this.#measure();
  }

  #judge(): void {
    const { reserve } = this.#options;
    const { byteLength } = reserve;
    // Left later than entered, or the mode would come and go with each entry.
    const enough = (this.#isShort ? 1.25 : 1) * byteLength;
    const isReserved = reserve.isReady || (!this.#reserveWasTried && this.#freeBytes >= 2 * byteLength);
    this.#isShort = !isReserved || this.#freeBytes < enough || this.#usedBytes + enough > this.#bytesMax;
  }
}

/** Bytes of all segments of the folder. */
async function bytesOf(folder: string): Promise<number> {
  const sizes = listSegments(folder).map((segment) =>
    stat(segmentPath(folder, segment)).then(
      ({ size }) => size,
      // Shipped and removed meanwhile.
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
