import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsync,
  ftruncateSync,
  open,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { zeroFile } from './zero-file.ts';

/** The calls by which the journal changes files; tests put one that fails in its place. */
export interface JournalFiles {
  /** Makes a file that must not exist yet, open for writing. */
  create(path: string): number;
  /** Bytes written, which may be fewer than asked for. */
  write(file: number, bytes: Buffer, from: number, position: number): number;
  truncate(file: number, byteLength: number): void;
  rename(from: string, to: string): void;
  fdatasync(file: number): Promise<void>;
  /** Makes the names of new files durable. */
  syncFolder(path: string): Promise<void>;
  close(file: number): void;
  unlink(path: string): void;
  /** A file whose room is on the disk already, open for writing (`zeroFile`). */
  reserve(path: string, byteLength: number, signal: AbortSignal): Promise<number>;
  /** What may still be written to the file system of this folder. */
  freeBytes(folder: string): Promise<number>;
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
  rename: renameSync,
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
  reserve: zeroFile,
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** Writes all of `bytes` at `position`, in as many calls as the file system wants. */
export function writeAll(files: JournalFiles, file: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    const count = files.write(file, bytes, written, position + written);
    if (count === 0) throw new Error('The file system took no bytes');
    written += count;
  }
}
