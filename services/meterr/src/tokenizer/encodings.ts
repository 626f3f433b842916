import { cl100kPieceEnd } from './split-cl100k.ts';
import { o200kPieceEnd } from './split-o200k.ts';
import type { PieceEnd } from './split-parts.ts';
import { r50kPieceEnd } from './split-r50k.ts';

/**
 * Each encoding: the vocabulary it merges by and the pattern it splits by. o200k_harmony differs from o200k_base in
 * special tokens only, and those are ordinary text in a text that is counted.
 */
export const encodings = {
  r50k_base: { vocabulary: 'r50k_base', pieceEnd: r50kPieceEnd },
  p50k_base: { vocabulary: 'p50k_base', pieceEnd: r50kPieceEnd },
  cl100k_base: { vocabulary: 'cl100k_base', pieceEnd: cl100kPieceEnd },
  o200k_base: { vocabulary: 'o200k_base', pieceEnd: o200kPieceEnd },
  o200k_harmony: { vocabulary: 'o200k_base', pieceEnd: o200kPieceEnd },
} as const satisfies Record<string, { vocabulary: string; pieceEnd: PieceEnd }>;

export type Encoding = keyof typeof encodings;
export type VocabularyName = (typeof encodings)[Encoding]['vocabulary'];
