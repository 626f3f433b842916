import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type Problem, refuse, type StreamInput } from '@keyward/guard';
import { bodyChunks } from '../receive/body-chunks.ts';
import type { UploadPace } from '../receive/upload-limits.ts';
import { watchPace } from '../receive/watch-pace.ts';
import { diskProblem } from '../storage/disk-problem.ts';
import { ChunkBatch } from './chunk-batch.ts';
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
export async function appendChunk(body: StreamInput, appending: Appending): Promise<number | Problem> {
  const handle = await open(appending.path, 'r+');
  try {
    const outcome = await write(body, handle, appending);
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
  body: StreamInput,
  handle: FileHandle,
  { offset, bytesMax, checksum, pace, signals }: Appending,
): Promise<number | Problem> {
  const chunks = bodyChunks(body);
  const hash = checksum && createHash(checksum.algorithm);
  let end: Problem | undefined;
  const stop = (problem: Problem) => {
    end ??= problem;
    chunks.release();
  };
  using watch = watchPace(pace, () => stop(tooSlow));
  const signal = AbortSignal.any([...signals]);
  const onAbort = () => stop(brokenOff);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  let at = offset;
  const batch = new ChunkBatch(handle, offset, chunks.areOurs);
  try {
    for (;;) {
      const next = end ? 'broken' : await chunks.next();
      if (next === 'broken') return end ?? brokenOff;
      if (next === 'end') break;
      watch.moved();
      if (at + next.length > bytesMax) return tooMuch;
      hash?.update(next);
      at += next.length;
      await batch.add(next);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    chunks.release();
    await batch.end();
  }
  return checksum && !hash?.digest().equals(checksum.digest) ? mismatch : at;
}
