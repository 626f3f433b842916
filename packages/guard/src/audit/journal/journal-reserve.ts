import { join } from 'node:path';
import type { JournalFiles } from './journal-files.ts';

export interface JournalReserveOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly byteLength: number;
}

/** A segment that has its room on the disk already and is used when nothing else can be written (A2). */
export class JournalReserve {
  readonly path: string;
  readonly byteLength: number;
  readonly #files: JournalFiles;
  // Kept open: when it is needed, a process may be out of file descriptors as well.
  #file: number | null = null;

  constructor({ folder, files, byteLength }: JournalReserveOptions) {
    this.path = join(folder, 'reserve');
    this.byteLength = byteLength;
    this.#files = files;
  }

  get isReady(): boolean {
    return this.#file !== null || this.byteLength === 0;
  }

  /** Writes it, off this thread. Rejects when there is no room for it. */
  async make(signal: AbortSignal): Promise<void> {
    if (this.isReady) return;
    this.#file = await this.#files.reserve(this.path, this.byteLength, signal);
  }

  /** The open file, which is the caller's from now on; undefined when there is none. */
  take(): number | undefined {
    const file = this.#file ?? undefined;
    this.#file = null;
    return file;
  }

  close(): void {
    const file = this.take();
    if (file === undefined) return;
    try {
      this.#files.close(file);
    } catch {
      // It holds nothing.
    }
  }
}
