import { kinds } from './character-kinds.ts';
import { characterEnd, characterStart, runEnd, type ScannedText } from './scanned-text.ts';

/** Finds where the piece that starts at byte `start` ends; tokens never reach over the end of a piece. */
export type PieceEnd = (text: ScannedText, start: number) => number;

export const letters = kinds.upper | kinds.lower | kinds.caseless;
export const whitespace = kinds.newline | kinds.space;
/** `[^\s\p{L}\p{N}]` */
export const symbols = kinds.mark | kinds.other;
/** `[^\r\n\p{L}\p{N}]` */
export const wordPrefix = kinds.space | symbols;

const apostrophe = 0x27;
const [d, e, l, m, r, s, t, v] = [...'delmrstv'].map((letter) => letter.charCodeAt(0));

/** `'(?i:s|t|re|ve|m|ll|d)` at `at`, or `at` where there is none. Without regard to case s is also ſ (U+017F). */
export function contractionEnd({ bytes }: ScannedText, at: number): number {
  if (bytes[at] !== apostrophe) return at;
  if (bytes[at + 1] === 0xc5 && bytes[at + 2] === 0xbf) return at + 3;
  const lowercase = 0x20;
  return at + contractionLength((bytes[at + 1] as number) | lowercase, (bytes[at + 2] as number) | lowercase);
}

/** `'(?:s|t|re|ve|m|ll|d)` */
export function lowerContractionEnd({ bytes }: ScannedText, at: number): number {
  if (bytes[at] !== apostrophe) return at;
  return at + contractionLength(bytes[at + 1] as number, bytes[at + 2] as number);
}

function contractionLength(first: number, second: number): number {
  if (first === s || first === t || first === m || first === d) return 2;
  return (first === l && second === l) || ((first === v || first === r) && second === e) ? 3 : 0;
}

/** `\p{N}{1,3}` */
export function numberEnd(text: ScannedText, start: number): number {
  let end = start;
  for (let digits = 0; digits < 3 && (text.kinds[end] as number) & kinds.number; digits++) {
    end = characterEnd(text, end);
  }
  return end;
}

/** `\s*[\r\n]+` within the whitespace from `start` to `end`, or `start` where it holds no newline. */
export function lastNewlineEnd(text: ScannedText, start: number, end: number): number {
  let at = end;
  while (at > start && !((text.kinds[at - 1] as number) & kinds.newline)) at--;
  return at;
}

/** `\s+(?!\S)|\s+`: whitespace leaves its last character to the word that follows, unless it has only one. */
export function spacesEnd(text: ScannedText, start: number): number {
  const end = runEnd(text, start, whitespace);
  if (text.kinds[end] === kinds.end) return end;
  const last = characterStart(text, end);
  return last > start ? last : end;
}
