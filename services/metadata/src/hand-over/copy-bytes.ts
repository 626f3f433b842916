import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MediaPlace } from '../media/media-place.ts';
import type { MediaStore } from '../media/storage/media-store.ts';

/** Copies bytes from one place of a store to another; durable when it resolves. */
export async function copyBytes(
  { store, incoming }: { store: MediaStore; incoming: string },
  move: { old: MediaPlace; new: MediaPlace; bytes: number },
): Promise<void> {
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(incoming, 'hand-over-'));
  try {
    const file = join(folder, 'copy');
    const bytes = await store.open(move.old, { start: 0, end: move.bytes - 1 });
    await pipeline(Readable.fromWeb(bytes), createWriteStream(file, { mode: 0o600, flush: true }));
    await store.put(move.new, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
