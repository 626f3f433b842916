import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type Problem, refuse } from '@keyward/guard';
import { readChunk } from '../receive/receive-upload.ts';
import type { UploadPace } from '../receive/upload-limits.ts';
import { watchPace } from '../receive/watch-pace.ts';
import { diskProblem } from '../storage/disk-problem.ts';
import type { Checksum } from './parse-checksum.ts';

export interface Appending {
  readonly path: string;
  readonly offset: number;
  /** Of the whole file. */
  readonly bytesMax: number;
  readonly checksum: Checksum | undefined;
  readonly pace: UploadPace;
  readonly signals: readonly AbortSignal[];
}

const brokenOff = refuse('malformed_request', { detail: 'The chunk ended early; what arrived is kept.' });
const tooSlow = refuse('request_timeout', { detail: 'The chunk came too slowly; what arrived is kept.' });
const tooMuch = refuse('file_too_large', { detail: 'The chunk goes beyond the announced length.' });
const mismatch = refuse('checksum_mismatch', {
  detail: 'The chunk is not what its checksum says; send it again.',
});

/**
 * Writes a chunk behind what is there. What arrived of one that broke off is kept, for the client to go on from; of one
 * with a checksum nothing is. Returns the new offset.
 */
export async function appendChunk(
  stream: ReadableStream<Uint8Array>,
  appending: Appending,
): Promise<number | Problem> {
  const handle = await open(appending.path, 'r+');
  try {
    const outcome = await write(stream, handle, appending);
    const isKept =
      typeof outcome === 'number' || (outcome !== tooMuch && outcome !== mismatch && !appending.checksum);
    if (!isKept) await handle.truncate(appending.offset);
    return outcome;
  } catch (error) {
    const problem = diskProblem(error);
    if (!problem) throw error;
    return problem;
  } finally {
    await handle.close();
  }
}

async function write(
  stream: ReadableStream<Uint8Array>,
  handle: FileHandle,
  { offset, bytesMax, checksum, pace, signals }: Appending,
): Promise<number | Problem> {
  const reader = stream.getReader();
  const hash = checksum && createHash(checksum.algorithm);
  let end: Problem | undefined;
  const stop = (problem: Problem) => {
    end ??= problem;
    reader.releaseLock();
  };
  using watch = watchPace(pace, () => stop(tooSlow));
  const signal = AbortSignal.any([...signals]);
  const onAbort = () => stop(brokenOff);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  let at = offset;
  try {
    for (;;) {
      const next = end ? 'broken' : await readChunk(reader);
      if (next === 'broken') return end ?? brokenOff;
      if (next === 'end') break;
      watch.moved();
      if (at + next.length > bytesMax) return tooMuch;
      hash?.update(next);
      await writeAll(handle, next, at);
      at += next.length;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    reader.releaseLock();
  }
  return checksum && !hash?.digest().equals(checksum.digest) ? mismatch : at;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, position + at);
    at += bytesWritten;
  }
}
