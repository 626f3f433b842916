import type { VideoFile } from './video-file.ts';

/**
 * Bytes to be put in place of others so that the file keeps its length, and with it every position that its tables
 * name: `head` at `start`, then zeros up to `end`.
 */
export interface Patch {
  readonly start: number;
  readonly end: number;
  readonly head: Buffer;
}

const pieceBytes = 64 * 1024;

/** The patches that would change something. */
export async function changingPatches(file: VideoFile, patches: readonly Patch[]): Promise<Patch[]> {
  const changing: Patch[] = [];
  for (const patch of patches) if (await changes(file, patch)) changing.push(patch);
  return changing;
}

export async function applyPatches(file: VideoFile, patches: readonly Patch[]): Promise<void> {
  for (const patch of patches) {
    for (const [at, piece] of piecesOf(patch)) await file.write(at, piece);
  }
}

async function changes(file: VideoFile, patch: Patch): Promise<boolean> {
  for (const [at, piece] of piecesOf(patch)) {
    if (!(await file.read(at, piece.length)).equals(piece)) return true;
  }
  return false;
}

function* piecesOf({ start, end, head }: Patch): Generator<[number, Buffer]> {
  if (head.length > 0) yield [start, head];
  for (let at = start + head.length; at < end; at += pieceBytes) {
    yield [at, Buffer.alloc(Math.min(pieceBytes, end - at))];
  }
}
