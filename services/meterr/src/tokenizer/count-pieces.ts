import { createMergeSpace, mergePiece } from './merge-piece.ts';
import type { ScannedText } from './scanned-text.ts';
import type { PieceEnd } from './split-parts.ts';
import { placeBytes, type Vocabulary, wholeToken } from './vocabulary.ts';

const usualPieceBytes = 64;

/** The number of tokens in a text. What it works in lives as long as the call: no text stays behind in a cache. */
export function countPieces(text: ScannedText, vocabulary: Vocabulary, pieceEnd: PieceEnd): number {
  const { bytes, length } = text;
  let space = createMergeSpace(usualPieceBytes);
  let count = 0;
  let end = 0;
  for (let start = 0; start < length; start = end) {
    end = pieceEnd(text, start);
    if (wholeToken(vocabulary, bytes, start, end) !== -1) {
      count++;
      continue;
    }
    const pieceBytes = end - start;
    if (pieceBytes > space.capacity) space = createMergeSpace(Math.min(length, pieceBytes * 2));
    placeBytes(space, vocabulary.tokenAt, bytes, start, end);
    count += mergePiece(space, vocabulary.merges, pieceBytes);
  }
  return count;
}
