import type { FileHandle } from 'node:fs/promises';
import { batchBytes } from '../receive/batches-of.ts';
import { writeBatch } from '../receive/file-sink.ts';
import { giveBack } from '../receive/give-back.ts';

/** What came of a client that pauses is not kept waiting longer. */
const idleMs = 100;

/** Chunks that are written to a file together: when there are enough, when no more come for a while, and at the end. */
export class ChunkBatch {
  readonly #handle: FileHandle;
  readonly #chunksAreOurs: boolean;
  readonly #timer: NodeJS.Timeout;
  #position: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #writtenIdly: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, position: number, chunksAreOurs: boolean) {
    this.#handle = handle;
    this.#position = position;
    this.#chunksAreOurs = chunksAreOurs;
    this.#timer = setTimeout(() => {
      this.#writtenIdly = this.#write();
      // Whoever comes next hears of it.
      this.#writtenIdly.catch(() => {});
    }, idleMs);
  }

  /** Resolves when the next chunk may come. Throws when the disk fails. */
  async add(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < batchBytes) {
      this.#timer.refresh();
      return;
    }
    await this.#writtenIdly;
    await this.#write();
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writtenIdly;
    await this.#write();
  }

  async #write(): Promise<void> {
    const [chunks, position] = [this.#chunks, this.#position];
    this.#position += this.#bytes;
    [this.#chunks, this.#bytes] = [[], 0];
    await writeBatch(this.#handle, chunks, position);
    if (this.#chunksAreOurs) giveBack(chunks);
  }
}
