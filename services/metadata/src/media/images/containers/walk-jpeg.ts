import { type Container, type Malformed, malformed, trailing, truncated, type Walk } from './container.ts';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const COM = 0xfe;

interface State {
  width: number;
  height: number;
  scans: number;
  readonly pieces: Uint8Array[];
}

/**
 * Walks a JPEG (ITU-T T.81): markers and their lengths, entropy-coded data up to the next marker, EOI as the last
 * two bytes. Kept are tables, frames and scans, JFIF (without its thumbnail), ICC and Adobe's colour transform;
 * EXIF, XMP, IPTC, comments, further pictures and everything unknown are left out.
 */
export const walkJpeg: Walk = (file) => {
  if (file[0] !== 0xff || file[1] !== SOI) return malformed('The JPEG start marker is missing.');
  const state: State = { width: 0, height: 0, scans: 0, pieces: [file.subarray(0, 2)] };
  let at = 2;
  while (at < file.length) {
    if (file[at] !== 0xff) return malformed('There are bytes between the segments of the JPEG.');
    while (file[at + 1] === 0xff) at += 1; // fill bytes (B.1.1.2)
    const marker = file[at + 1];
    if (marker === undefined) return truncated;
    if (marker === EOI) {
      state.pieces.push(file.subarray(at, at + 2));
      return at + 2 === file.length ? container(state) : trailing;
    }
    const end = segmentEnd(file, at, marker);
    if (typeof end !== 'number') return end;
    const problem = takeSegment(file.subarray(at, end), marker, state);
    if (problem) return problem;
    at = marker === SOS ? scanEnd(file, end, state) : end;
  }
  return truncated;
};

function segmentEnd(file: Buffer, at: number, marker: number): number | Malformed {
  if (!isKnown(marker)) return malformed('The JPEG has a marker where none may stand.');
  if (at + 4 > file.length) return truncated;
  const length = file.readUInt16BE(at + 2);
  if (length < 2) return malformed('A JPEG segment has an impossible length.');
  return at + 2 + length <= file.length ? at + 2 + length : truncated;
}

function takeSegment(segment: Buffer, marker: number, state: State): Malformed | undefined {
  if (isFrame(marker)) {
    if (state.width > 0) return malformed('The JPEG has more than one frame.');
    if (segment.length < 10) return malformed('The JPEG frame header is too short.');
    state.height = segment.readUInt16BE(5);
    state.width = segment.readUInt16BE(7);
    if (state.width === 0 || state.height === 0) return malformed('The JPEG does not say its size.');
  }
  if (marker === SOS) {
    if (state.width === 0) return malformed('The JPEG has a scan before its frame.');
    state.scans += 1;
  }
  const piece = withoutMetadata(segment, marker);
  if (piece) state.pieces.push(piece);
  return undefined;
}

/** Frames and tables, SOS, DQT, DRI, applications' segments, comments. DNL and hierarchical JPEG are not decoded anywhere. */
function isKnown(marker: number): boolean {
  const isTable = (marker >= 0xc0 && marker <= 0xcf) || marker === 0xdb || marker === 0xdd;
  return isTable || marker === SOS || marker === COM || (marker >= 0xe0 && marker <= 0xef);
}

/** SOF0 to SOF15; DHT, JPG and DAC lie between them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function withoutMetadata(segment: Buffer, marker: number): Uint8Array | undefined {
  if (marker === COM) return undefined;
  if (marker < 0xe0 || marker > 0xef) return segment;
  const name = segment.toString('latin1', 4, 16);
  if (marker === 0xe0 && name.startsWith('JFIF\0') && segment.length >= 18) return jfifAlone(segment);
  if (marker === 0xe2 && name.startsWith('ICC_PROFILE\0')) return segment;
  if (marker === 0xee && name.startsWith('Adobe') && segment.length === 16) return segment;
  return undefined;
}

/** The JFIF header without the thumbnail that may follow it. */
function jfifAlone(segment: Buffer): Uint8Array {
  const header = Buffer.from(segment.subarray(0, 18));
  header.writeUInt16BE(16, 2);
  header.writeUInt16BE(0, 16);
  return header;
}

/** Position of the marker that ends a scan: 0xFF00 is a stuffed byte, RST0 to RST7 belong to the scan. */
function scanEnd(file: Buffer, from: number, state: State): number {
  let at = from;
  for (;;) {
    at = file.indexOf(0xff, at);
    if (at === -1) at = file.length;
    const next = file[at + 1];
    const inScan = next === 0x00 || (next !== undefined && next >= 0xd0 && next <= 0xd7);
    if (!inScan) {
      state.pieces.push(file.subarray(from, at));
      return at;
    }
    at += 2;
  }
}

function container(state: State): Container | Malformed {
  if (state.scans === 0) return malformed('The JPEG has no image data.');
  const { width, height, pieces } = state;
  return { kind: 'container', type: 'image/jpeg', width, height, frames: 1, pieces };
}
