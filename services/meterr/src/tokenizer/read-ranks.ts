/** The byte strings of a vocabulary in the order of their ranks: token t is `bytes[offsets[t]..offsets[t + 1]]`. */
export interface RankedTokens {
  bytes: Uint8Array;
  offsets: Uint32Array;
  count: number;
}

const newline = 0x0a;
const space = 0x20;
const padding = 0x3d;

/**
 * Reads a `.tiktoken` file: lines of base64, a space and the rank, ascending. Ranks may have holes (p50k_base); only
 * their order matters for counting. Decoded by hand because 200,000 small decodes cost ten times as much.
 */
export function readRanks(file: Uint8Array): RankedTokens {
  const lines = countLines(file);
  const bytes = new Uint8Array(Math.ceil(file.length * 0.75));
  const offsets = new Uint32Array(lines + 1);
  let used = 0;
  let at = 0;
  let rankBefore = -1;
  for (let line = 0; line < lines; line++) {
    const encodedEnd = file.indexOf(space, at);
    const lineEnd = file.indexOf(newline, at);
    const rank = readDecimal(file, encodedEnd + 1, lineEnd);
    if (encodedEnd < at || encodedEnd > lineEnd || !(rank > rankBefore)) {
      throw new Error(`vocabulary line ${line + 1} is out of order`);
    }
    used = decodeBase64(file, at, encodedEnd, bytes, used);
    offsets[line + 1] = used;
    rankBefore = rank;
    at = lineEnd + 1;
  }
  return { bytes: bytes.slice(0, used), offsets, count: lines };
}

function countLines(file: Uint8Array): number {
  if (file[file.length - 1] !== newline) throw new Error('vocabulary does not end with a newline');
  let lines = 0;
  for (let at = file.indexOf(newline); at !== -1; at = file.indexOf(newline, at + 1)) lines++;
  return lines;
}

const sextets = new Uint8Array(128);
for (const [value, digit] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  sextets[digit.charCodeAt(0)] = value;
}

function decodeBase64(file: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  let written = at;
  let bits = 0;
  let held = 0;
  for (let i = start; i < end && file[i] !== padding; i++) {
    bits = ((bits << 6) | (sextets[file[i] as number] as number)) & 0xfffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      into[written++] = (bits >>> held) & 0xff;
    }
  }
  return written;
}

function readDecimal(file: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (file[at] as number) - 0x30;
  return value;
}
