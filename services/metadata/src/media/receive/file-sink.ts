import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Problem, refuse } from '@keyward/guard';
import { detectType, headBytes, type MediaType } from '../media-type.ts';

export interface StoredFile {
  readonly type: MediaType;
  readonly bytes: number;
}

export const wrongType = refuse('invalid_file_type', {
  detail: 'The file is not a PNG, JPEG, GIF or WebP image, nor an MP4 or WebM video.',
});

/**
 * Writes a file to disk as it arrives. Its type is what its first bytes say, whatever the client declared; a file of
 * another type is refused as soon as they are there, and removed. Throws when the source or the disk fails.
 */
export async function sinkFile(source: Readable, path: string): Promise<StoredFile | Problem> {
  const stored = await writeTyped(source, path);
  if (stored) return stored;
  await rm(path, { force: true });
  return wrongType;
}

/** Bytes that are written at once. */
const batchBytes = 256 * 1024;

async function writeTyped(source: Readable, path: string): Promise<StoredFile | undefined> {
  const handle = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    let head: Buffer | undefined = Buffer.alloc(0);
    let type: MediaType | undefined;
    // Whoever gave the source ends it: its end must not be taken for the client's before the refusal is known.
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      waiting.push(chunk);
      waitingBytes += chunk.length;
      if (waitingBytes >= batchBytes) {
        await writeAll(handle, waiting, waitingBytes);
        [waiting, waitingBytes] = [[], 0];
      }
      if (!head) continue;
      head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
      if (head.length < headBytes) continue;
      type = await detectType(head);
      if (!type) return undefined;
      head = undefined;
    }
    await writeAll(handle, waiting, waitingBytes);
    type ??= head && (await detectType(head));
    return type && { type, bytes };
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, pieces: readonly Buffer[], bytes: number): Promise<void> {
  if (bytes === 0) return;
  const { bytesWritten } = await handle.writev(pieces);
  // A disk that fills up may take a part and say so only the next time.
  if (bytesWritten < bytes) await handle.writeFile(Buffer.concat(pieces).subarray(bytesWritten));
}
