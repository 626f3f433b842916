import { kinds } from './character-kinds.ts';
import { runEnd, type ScannedText } from './scanned-text.ts';
import { letters, lowerContractionEnd, spacesEnd, symbols } from './split-parts.ts';

const space = 0x20;

/** r50k_base and p50k_base: `'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+$|\s+(?!\S)|\s` */
export function r50kPieceEnd(text: ScannedText, start: number): number {
  const contraction = lowerContractionEnd(text, start);
  if (contraction > start) return contraction;

  const body = text.bytes[start] === space ? start + 1 : start;
  const kind = text.kinds[body] as number;
  for (const run of [letters, kinds.number, symbols]) {
    if (kind & run) return runEnd(text, body, run);
  }
  return spacesEnd(text, start);
}
