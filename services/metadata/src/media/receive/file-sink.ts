import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Problem, refuse } from '@keyward/guard';
import { detectType, headBytes, type MediaType } from '../media-type.ts';
import { batchesOf } from './batches-of.ts';
import { giveBack } from './give-back.ts';

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
 * `piecesAreOurs`: nobody else needs the pieces once they are written.
 */
export async function sinkFile(
  source: Readable,
  path: string,
  piecesAreOurs = false,
): Promise<StoredFile | Problem> {
  const stored = await writeTyped(source, path, piecesAreOurs);
  if (stored) return stored;
  await rm(path, { force: true });
  return wrongType;
}

async function writeTyped(
  source: Readable,
  path: string,
  piecesAreOurs: boolean,
): Promise<StoredFile | undefined> {
  const handle = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    let type: MediaType | undefined;
    for await (const batch of batchesOf(source, headBytes)) {
      type ??= await detectType(headOf(batch));
      if (!type) return undefined;
      bytes += await writeBatch(handle, batch, bytes);
      if (piecesAreOurs) giveBack(batch);
    }
    return type && { type, bytes };
  } finally {
    await handle.close();
  }
}

function headOf(batch: readonly Buffer[]): Buffer {
  const [first] = batch;
  return (first && first.length >= headBytes ? first : Buffer.concat(batch)).subarray(0, headBytes);
}

/** Writes these pieces one behind the other; their bytes together. */
export async function writeBatch(
  handle: FileHandle,
  pieces: readonly Uint8Array[],
  position: number,
): Promise<number> {
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  if (bytes === 0) return 0;
  const { bytesWritten } = await handle.writev(pieces, position);
  // A disk that fills up may take a part and say so only the next time.
  for (let at = bytesWritten; at < bytes; ) {
    const rest = Buffer.concat(pieces).subarray(at);
    at += (await handle.write(rest, 0, rest.length, position + at)).bytesWritten;
  }
  return bytes;
}
