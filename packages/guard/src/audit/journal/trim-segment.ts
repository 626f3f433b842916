import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { segmentHeaderBytes } from './segment-file.ts';
import { isBlank } from './zero-file.ts';

const chunkBytes = 1024 * 1024;

/**
 * Gives back the zeros at the end of a segment that a crash left with room reserved. Nobody may write to it any more.
 * A sound record ends in a line feed, so none is shortened.
 */
export function trimSegment(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    const end = endOfBytes(file, size);
    if (end < size) ftruncateSync(file, end);
  } finally {
    closeSync(file);
  }
}

function endOfBytes(file: number, size: number): number {
  const chunk = Buffer.alloc(chunkBytes);
  for (let to = size; to > segmentHeaderBytes; ) {
    const from = Math.max(segmentHeaderBytes, to - chunkBytes);
    const bytes = chunk.subarray(0, readSync(file, chunk, 0, to - from, from));
    if (!isBlank(bytes)) return from + bytes.findLastIndex((byte) => byte !== 0) + 1;
    to = from;
  }
  return Math.min(size, segmentHeaderBytes);
}
