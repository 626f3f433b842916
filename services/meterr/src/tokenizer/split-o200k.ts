import { kinds } from './character-kinds.ts';
import { characterEnd, runEnd, type ScannedText } from './scanned-text.ts';
import {
  contractionEnd,
  lastNewlineEnd,
  numberEnd,
  spacesEnd,
  symbols,
  whitespace,
  wordPrefix,
} from './split-parts.ts';

const space = 0x20;
const slash = 0x2f;
/** `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` */
const heads = kinds.upper | kinds.caseless | kinds.mark;
/** `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` */
const tails = kinds.lower | kinds.caseless | kinds.mark;

/**
 * o200k_base and o200k_harmony, with P for `[^\r\n\p{L}\p{N}]`, H for heads, T for tails, C for the contractions:
 * `P?H*T+C?|P?H+T*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
 */
export function o200kPieceEnd(text: ScannedText, start: number): number {
  const word = wordEnd(text, start);
  if (word > start) return contractionEnd(text, word);

  if ((text.kinds[start] as number) & kinds.number) return numberEnd(text, start);

  const symbol = text.bytes[start] === space ? start + 1 : start;
  const symbolsEnd = runEnd(text, symbol, symbols);
  if (symbolsEnd > symbol) return newlinesAndSlashesEnd(text, symbolsEnd);

  const newlineEnd = lastNewlineEnd(text, start, runEnd(text, start, whitespace));
  return newlineEnd > start ? newlineEnd : spacesEnd(text, start);
}

/** `P?H*T+|P?H+T*`, or `start` where neither matches; each step says where the pattern would have gone back to. */
function wordEnd(text: ScannedText, start: number): number {
  const kind = text.kinds[start] as number;
  const body = kind & wordPrefix ? characterEnd(text, start) : start;
  const headsEnd = runEnd(text, body, heads);
  if ((text.kinds[headsEnd] as number) & kinds.lower) return runEnd(text, headsEnd, tails);

  // H* gives back to T+ its last character that is in both.
  let sharedEnd = headsEnd;
  while (sharedEnd > body && (text.kinds[sharedEnd - 1] as number) & kinds.upper) sharedEnd--;
  if (sharedEnd > body) return sharedEnd;

  // P? gives back a mark, which is in T too.
  if (kind & kinds.mark) return body;

  return headsEnd > body ? headsEnd : start;
}

function newlinesAndSlashesEnd(text: ScannedText, at: number): number {
  let end = at;
  while ((text.kinds[end] as number) & kinds.newline || text.bytes[end] === slash) end++;
  return end;
}
