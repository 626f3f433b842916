import { kinds } from './character-kinds.ts';
import { characterEnd, runEnd, type ScannedText } from './scanned-text.ts';
import {
  contractionEnd,
  lastNewlineEnd,
  letters,
  numberEnd,
  spacesEnd,
  symbols,
  whitespace,
  wordPrefix,
} from './split-parts.ts';

const space = 0x20;

/**
 * cl100k_base: `'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+$|\s*[\r\n]|
 * \s+(?!\S)|\s`
 */
export function cl100kPieceEnd(text: ScannedText, start: number): number {
  const contraction = contractionEnd(text, start);
  if (contraction > start) return contraction;

  const kind = text.kinds[start] as number;
  const word = kind & wordPrefix ? characterEnd(text, start) : start;
  if ((text.kinds[word] as number) & letters) return runEnd(text, word, letters);

  if (kind & kinds.number) return numberEnd(text, start);

  const symbol = text.bytes[start] === space ? start + 1 : start;
  const symbolsEnd = runEnd(text, symbol, symbols);
  if (symbolsEnd > symbol) return runEnd(text, symbolsEnd, kinds.newline);

  return whitespaceEnd(text, start);
}

function whitespaceEnd(text: ScannedText, start: number): number {
  const end = runEnd(text, start, whitespace);
  if (text.kinds[end] === kinds.end) return end;
  const newlineEnd = lastNewlineEnd(text, start, end);
  return newlineEnd > start ? newlineEnd : spacesEnd(text, start);
}
