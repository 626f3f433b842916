import { crc32 } from 'node:zlib';
import { type Container, type Malformed, malformed, trailing, truncated, type Walk } from './container.ts';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Chunks that decide how the pixels look. All other ancillary ones (text, EXIF, time, unknown) are left out. */
const kept = new Set([
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'bKGD', 'pHYs'],
  ...['cICP', 'mDCV', 'cLLI'],
]);
const critical = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND']);
const animation = new Set(['acTL', 'fcTL', 'fdAT']);

/**
 * Walks a PNG (W3C PNG, third edition): each chunk's length and CRC, IHDR first, IEND last and nothing behind it.
 * Animated PNGs are refused: the decoder shows their first frame only, so the others would go unseen.
 */
export const walkPng: Walk = (file) => {
  if (!file.subarray(0, 8).equals(signature)) return malformed('The PNG signature is missing.');
  const pieces: Uint8Array[] = [file.subarray(0, 8)];
  const names: string[] = [];
  let at = 8;
  while (at < file.length) {
    const chunk = readChunk(file, at);
    if (chunk.kind === 'malformed') return chunk;
    const problem = misplaced(chunk.name, names);
    if (problem) return problem;
    names.push(chunk.name);
    if (kept.has(chunk.name)) pieces.push(file.subarray(at, chunk.end));
    at = chunk.end;
    if (chunk.name === 'IEND') return at === file.length ? container(file, names, pieces) : trailing;
  }
  return truncated;
};

function readChunk(file: Buffer, at: number): { kind: 'chunk'; name: string; end: number } | Malformed {
  if (at + 12 > file.length) return truncated;
  const length = file.readUInt32BE(at);
  const end = at + 12 + length;
  if (end > file.length) return truncated;
  const name = file.toString('latin1', at + 4, at + 8);
  if (!/^[A-Za-z]{4}$/.test(name)) return malformed('A PNG chunk has no valid name.');
  if (crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) {
    return malformed('A PNG chunk has a wrong checksum.');
  }
  if (name === 'IHDR' && length !== 13) return malformed('The PNG header has a wrong length.');
  if (name === 'IEND' && length !== 0) return malformed('The PNG end chunk is not empty.');
  return { kind: 'chunk', name, end };
}

function misplaced(name: string, before: readonly string[]): Malformed | undefined {
  if ((before.length === 0) !== (name === 'IHDR'))
    return malformed('A PNG has one header, and it comes first.');
  if (animation.has(name)) return malformed('Animated PNGs are not accepted.');
  const isCritical = name.charCodeAt(0) < 0x61;
  if (isCritical && !critical.has(name)) return malformed('The PNG has an unknown critical chunk.');
  if (name === 'IDAT' && before.includes('IDAT') && before.at(-1) !== 'IDAT') {
    return malformed('The PNG image data is interrupted.');
  }
  return undefined;
}

function container(
  file: Buffer,
  names: readonly string[],
  pieces: readonly Uint8Array[],
): Container | Malformed {
  if (!names.includes('IDAT')) return malformed('The PNG has no image data.');
  return {
    kind: 'container',
    type: 'image/png',
    width: file.readUInt32BE(16),
    height: file.readUInt32BE(20),
    frames: 1,
    pieces,
  };
}
