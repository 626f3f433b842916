import { characterKinds } from './character-kinds.ts';

/** A text as the splitters read it: UTF-8 bytes, and for each byte the kind of the character it belongs to. */
export interface ScannedText {
  /** Followed by at least four zero bytes, so that looking ahead stays inside. */
  bytes: Uint8Array;
  /** `kinds[length]` is `end`. */
  kinds: Uint8Array;
  length: number;
}

const encoder = new TextEncoder();

/** Lone surrogates become U+FFFD. */
export function scanText(text: string): ScannedText {
  const bytes = new Uint8Array(text.length * 3 + 4);
  const length = encoder.encodeInto(text, bytes).written;
  return { bytes, kinds: characterKinds(bytes, length), length };
}

/** Where the run of characters of these kinds that starts at `at` ends. */
export function runEnd(text: ScannedText, at: number, mask: number): number {
  const { kinds } = text;
  let end = at;
  while ((kinds[end] as number) & mask) end++;
  return end;
}

/** Where the character that starts at `at` ends. */
export function characterEnd(text: ScannedText, at: number): number {
  let end = at + 1;
  while (isContinuation(text.bytes[end] as number)) end++;
  return end;
}

/** Where the character whose last byte is before `end` starts. */
export function characterStart(text: ScannedText, end: number): number {
  let start = end - 1;
  while (isContinuation(text.bytes[start] as number)) start--;
  return start;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
