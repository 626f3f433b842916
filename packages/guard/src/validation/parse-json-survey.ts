import { doubleHolds } from './parse-json-number.ts';

/** What one pass over the bytes of a JSON text tells. True of well-formed texts; of others it means nothing. */
export interface Survey {
  /** Members of all objects as written, duplicates included. */
  readonly members: number;
  readonly depth: number;
  readonly isAscii: boolean;
  /** There are `\u` escapes, the only way for NUL and lone surrogates into a text that is valid UTF-8. */
  readonly hasUnicodeEscapes: boolean;
  readonly hasEscapedKeys: boolean;
  readonly numbersFit: boolean;
}

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const nine = 0x39;
const colon = 0x3a;
const backslash = 0x5c;
const lowerE = 0x65;
const lowerU = 0x75;
/** `[` and `{`, `]` and `}` differ in one bit only, as do `E` and `e`. */
const letterCase = 0x20;
const opening = 0x7b;
const closing = 0x7d;
/** Of so many characters without an exponent, a double holds every number. */
const plainNumberLength = 15;

/** Surveys a JSON text in one pass, without allocating. */
export function surveyJson(bytes: Uint8Array): Survey {
  const length = bytes.length;
  let members = 0;
  let open = 0;
  let depth = 0;
  let seen = 0;
  let hasUnicodeEscapes = false;
  let hasEscapedKeys = false;
  let stringHasEscapes = false;
  let numbersFit = true;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) {
      stringHasEscapes = false;
      for (at++; at < length; at++) {
        const inside = bytes[at] as number;
        if (inside === quote) break;
        seen |= inside;
        if (inside !== backslash) continue;
        stringHasEscapes = true;
        if (bytes[++at] === lowerU) hasUnicodeEscapes = true;
      }
    } else if (byte === colon) {
      members++;
      hasEscapedKeys ||= stringHasEscapes;
    } else if (byte > nine) {
      const bracket = byte | letterCase;
      if (bracket === opening) {
        if (++open > depth) depth = open;
      } else if (bracket === closing) open--;
    } else if (byte >= minus) {
      const end = numberEnd(bytes, at);
      if (end < 0 || end - at > plainNumberLength) {
        const last = Math.abs(end);
        numbersFit &&= doubleHolds(latin1(bytes, at, last));
        at = last - 1;
      } else at = end - 1;
    }
  }
  return { members, depth, isAscii: seen < 0x80, hasUnicodeEscapes, hasEscapedKeys, numbersFit };
}

/** Where the number that starts at `start` ends; negative if it has an exponent. */
function numberEnd(bytes: Uint8Array, start: number): number {
  let hasExponent = false;
  let at = start + 1;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if ((byte | letterCase) === lowerE) hasExponent = true;
    else if (byte > nine || byte <= comma) {
      if (byte !== 0x2b) break;
    }
  }
  return hasExponent ? -at : at;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
