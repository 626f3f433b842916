import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { say } from '../rounds.ts';

const execute = promisify(execFile);

/** A file system of its own size, which goes with its contents when disposed. */
export interface SmallFileSystem extends AsyncDisposable {
  readonly folder: string;
  /** Takes all the room that is left. May be called again. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
}

/** Undefined, and said so, where this process may not mount one: that is root's. */
export async function smallFileSystem(mebibytes: number): Promise<SmallFileSystem | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-small-'));
  try {
    await execute('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
  } catch (error) {
    await rm(folder, { recursive: true });
    say(`no file system could be mounted (only root may): a full disk is not tried. ${String(error)}`);
    return undefined;
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => writeUntilFull(filler),
    makeRoom: () => unlink(filler),
    async [Symbol.asyncDispose]() {
      await execute('umount', ['--lazy', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In large pieces first, then in single pages. */
async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (const byteLength of [1024 * 1024, 4096]) {
      const zeros = Buffer.alloc(byteLength);
      for (;;) {
        const isFull = await file.write(zeros).then(
          ({ bytesWritten }) => bytesWritten < byteLength,
          (error: NodeJS.ErrnoException) => {
            if (error.code === 'ENOSPC') return true;
            throw error;
          },
        );
        if (isFull) break;
      }
    }
  } finally {
    await file.close();
  }
}
