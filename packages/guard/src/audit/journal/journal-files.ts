import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsync,
  ftruncateSync,
  open,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

/** The calls by which the journal changes files; tests put one that fails in its place. */
export interface JournalFiles {
  /** Makes a file that must not exist yet, open for writing. */
  create(path: string): number;
  /** Bytes written, which may be fewer than asked for. */
  write(file: number, bytes: Buffer, from: number, position: number): number;
  truncate(file: number, byteLength: number): void;
  fdatasync(file: number): Promise<void>;
  /** Makes the names of new files durable. */
  syncFolder(path: string): Promise<void>;
  close(file: number): void;
  unlink(path: string): void;
}

const fdatasyncAsync = promisify(fdatasync);
const fsyncAsync = promisify(fsync);
const openAsync = promisify(open);
const closeAsync = promisify(close);
// Readable and writable by the owner only: the journal holds addresses and paths of people.
const mode = 0o600;

export const systemFiles: JournalFiles = {
  create: (path) => openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode),
  write: (file, bytes, from, position) => writeSync(file, bytes, from, bytes.length - from, position),
  truncate: ftruncateSync,
  fdatasync: fdatasyncAsync,
  async syncFolder(path) {
    const folder = await openAsync(path, 'r');
    try {
      await fsyncAsync(folder);
    } finally {
      await closeAsync(folder);
    }
  },
  close: closeSync,
  unlink: unlinkSync,
};
