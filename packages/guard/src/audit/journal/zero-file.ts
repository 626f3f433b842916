import { close, fdatasync, open, rename, rm, write } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { segmentHeaderBytes } from './segment-file.ts';

const openAsync = promisify(open);
const closeAsync = promisify(close);
const writeAsync = promisify(write);
const fdatasyncAsync = promisify(fdatasync);
const renameAsync = promisify(rename);
const rmAsync = promisify(rm);

const chunkBytes = 1024 * 1024;
const mode = 0o600;

/**
 * Opens a file of `byteLength` zeros for writing, made if it is not there or not sound. Node has no fallocate, and a
 * hole reserves nothing: the zeros are written and synced, so that the file owns its blocks and writing over them needs
 * no new ones (ext4, xfs, tmpfs; not file systems that never write in place, such as btrfs and zfs).
 * Rejects when there is no room for it, or when `signal` is aborted; nothing is left behind then.
 */
export async function zeroFile(path: string, byteLength: number, signal: AbortSignal): Promise<number> {
  if (await isSound(path, byteLength, signal)) return openAsync(path, 'r+');
  const unfinished = `${path}.new`;
  await rmAsync(path, { force: true });
  await rmAsync(unfinished, { force: true });
  const file = await openAsync(unfinished, 'wx', mode);
  try {
    const zeros = Buffer.alloc(Math.min(chunkBytes, byteLength));
    for (let at = 0; at < byteLength; ) {
      signal.throwIfAborted();
      const { bytesWritten } = await writeAsync(file, zeros, 0, Math.min(zeros.length, byteLength - at), at);
      at += bytesWritten;
    }
    await fdatasyncAsync(file);
    await renameAsync(unfinished, path);
    return file;
  } catch (error) {
    await closeAsync(file).catch(() => {});
    await rmAsync(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}

// One that came back from a copy may be a hole, and after loss of power one that was in use may have its old name again:
// what it holds then must not be found behind new records.
async function isSound(path: string, byteLength: number, signal: AbortSignal): Promise<boolean> {
  const file = await openHandle(path, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { size, blocks } = await file.stat();
    if (size !== byteLength || blocks * 512 < byteLength) return false;
    const chunk = Buffer.alloc(chunkBytes);
    for (let at = segmentHeaderBytes; at < byteLength; ) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0 || !isBlank(chunk.subarray(0, bytesRead))) return false;
      at += bytesRead;
    }
    return true;
  } finally {
    await file.close();
  }
}

const blank = Buffer.alloc(chunkBytes);

/** Whether at most 1 MiB of bytes are all zero. */
export function isBlank(bytes: Buffer): boolean {
  return bytes.equals(blank.subarray(0, bytes.length));
}
