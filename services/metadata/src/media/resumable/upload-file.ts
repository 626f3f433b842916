import { open, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the bytes of an unfinished upload lie. `id` is ours. */
export function uploadPath(folder: string, id: string): string {
  if (!/^[0-9a-f-]{36}$/.test(id)) throw new TypeError('not the id of an upload');
  return join(folder, id);
}

export async function createUploadFile(path: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  await handle.close();
}

/**
 * How many bytes there are. One that is whole and yet unfinished, because its examination never came to an end, is cut
 * by a byte: the client sends it again, and with it the upload is finished. Undefined when there is no file.
 */
export async function uploadOffset(path: string, wholeBytes: number): Promise<number | undefined> {
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined || size < wholeBytes) return size;
  await truncate(path, wholeBytes - 1);
  return wholeBytes - 1;
}

export async function removeUploadFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.clean`, { force: true });
}

/** The first bytes, at most `length`. */
export async function readHead(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
