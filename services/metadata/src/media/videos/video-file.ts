import { type FileHandle, open } from 'node:fs/promises';

/** A video on disk, read where it is asked for: a file of 50 MiB is never whole in memory. */
export interface VideoFile extends AsyncDisposable {
  readonly bytes: number;
  /** Exactly `length` bytes from `position`; throws `BeyondEndError` when the file has fewer. */
  read(position: number, length: number): Promise<Buffer>;
  write(position: number, content: Uint8Array): Promise<void>;
  sync(): Promise<void>;
}

/** The file's structure points behind its end. */
export class BeyondEndError extends Error {
  override readonly name = 'BeyondEndError';
}

const windowBytes = 64 * 1024;

export async function openVideo(path: string): Promise<VideoFile> {
  const handle = await open(path, 'r+');
  const { size } = await handle.stat();
  let window: { start: number; content: Buffer } = { start: 0, content: Buffer.alloc(0) };
  return {
    bytes: size,
    async read(position, length) {
      if (position + length > size) throw new BeyondEndError();
      if (length > windowBytes) return readExactly(handle, position, length);
      const { start, content } = window;
      if (position < start || position + length > start + content.length) {
        window = {
          start: position,
          content: await readExactly(handle, position, Math.min(windowBytes, size - position)),
        };
      }
      const from = position - window.start;
      return window.content.subarray(from, from + length);
    },
    async write(position, content) {
      window = { start: 0, content: Buffer.alloc(0) };
      await handle.write(content, 0, content.length, position);
    },
    sync: () => handle.sync(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function readExactly(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const content = Buffer.alloc(length);
  const { bytesRead } = await handle.read(content, 0, length, position);
  if (bytesRead < length) throw new BeyondEndError();
  return content;
}
