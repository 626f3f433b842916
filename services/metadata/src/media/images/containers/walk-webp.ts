import { type Container, type Malformed, malformed, trailing, truncated, type Walk } from './container.ts';

const kept = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ICCP', 'ANIM', 'ANMF']);
const exifAndXmpFlags = 0x08 | 0x04;
const animationFlag = 0x02;

interface Chunk {
  readonly kind: 'chunk';
  readonly name: string;
  readonly data: Buffer;
  readonly whole: Buffer;
}

/**
 * Walks a WebP (RFC 9649): the RIFF length must be the file's, chunks fill it exactly. Kept are pictures, animation,
 * alpha and ICC; EXIF, XMP and unknown chunks are left out, and the header's flags and length say so.
 */
export const walkWebp: Walk = (file) => {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WEBP') {
    return malformed('The WebP signature is missing.');
  }
  const riffEnd = file.readUInt32LE(4) + 8;
  if (riffEnd > file.length) return truncated;
  if (riffEnd < file.length) return trailing;
  const chunks = readChunks(file.subarray(12));
  if (!Array.isArray(chunks)) return chunks;
  const size = pictureSize(chunks);
  if ('kind' in size) return size;
  return { kind: 'container', type: 'image/webp', ...size, pieces: withoutMetadata(chunks) };
};

function readChunks(body: Buffer): Chunk[] | Malformed {
  const chunks: Chunk[] = [];
  let at = 0;
  while (at < body.length) {
    if (at + 8 > body.length) return truncated;
    const length = body.readUInt32LE(at + 4);
    const end = at + 8 + length + (length & 1);
    if (end > body.length) return truncated;
    const data = body.subarray(at + 8, at + 8 + length);
    chunks.push({
      kind: 'chunk',
      name: body.toString('latin1', at, at + 4),
      data,
      whole: body.subarray(at, end),
    });
    at = end;
  }
  return chunks;
}

type Size = Pick<Container, 'width' | 'height' | 'frames'>;

function pictureSize(chunks: readonly Chunk[]): Size | Malformed {
  const first = chunks[0];
  if (first?.name !== 'VP8X') return first ? bitstreamSize(first) : truncated;
  if (first.data.length !== 10) return malformed('The WebP header has a wrong length.');
  const canvas = { width: first.data.readUIntLE(4, 3) + 1, height: first.data.readUIntLE(7, 3) + 1 };
  const isAnimated = ((first.data[0] as number) & animationFlag) !== 0;
  const frames = chunks.filter((chunk) => chunk.name === 'ANMF');
  const stills = chunks.filter(isBitstream);
  if (isAnimated ? frames.length === 0 || stills.length > 0 : frames.length > 0 || stills.length !== 1) {
    return malformed('The WebP has too many or too few pictures.');
  }
  for (const frame of frames) {
    const problem = badFrame(frame, canvas);
    if (problem) return problem;
  }
  return { ...canvas, frames: isAnimated ? frames.length : 1 };
}

function isBitstream(chunk: Chunk): boolean {
  return chunk.name === 'VP8 ' || chunk.name === 'VP8L';
}

function badFrame(frame: Chunk, canvas: { width: number; height: number }): Malformed | undefined {
  if (frame.data.length < 16) return truncated;
  const right = frame.data.readUIntLE(0, 3) * 2 + frame.data.readUIntLE(6, 3) + 1;
  const bottom = frame.data.readUIntLE(3, 3) * 2 + frame.data.readUIntLE(9, 3) + 1;
  if (right > canvas.width || bottom > canvas.height) {
    return malformed('A WebP frame lies outside its canvas.');
  }
  const inner = readChunks(frame.data.subarray(16));
  if (!Array.isArray(inner)) return inner;
  const isOnlyPicture = inner.every((chunk) => isBitstream(chunk) || chunk.name === 'ALPH');
  if (!isOnlyPicture || inner.filter(isBitstream).length !== 1) {
    return malformed('A WebP frame does not hold exactly one picture.');
  }
  return undefined;
}

/** Size of a simple file, from the header of its only picture (RFC 6386, section 9.1; RFC 9649, section 3.4). */
function bitstreamSize(chunk: Chunk): Size | Malformed {
  const { data } = chunk;
  if (data.length < 10) return truncated;
  if (chunk.name === 'VP8 ') {
    return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff, frames: 1 };
  }
  if (chunk.name !== 'VP8L' || data[0] !== 0x2f) return malformed('The WebP does not begin with a picture.');
  const bits = data.readUInt32LE(1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, frames: 1 };
}

function withoutMetadata(chunks: readonly Chunk[]): Uint8Array[] {
  const isSimple = chunks[0]?.name !== 'VP8X'; // then decoders read its first chunk only
  const needed = isSimple ? chunks.slice(0, 1) : chunks.filter((chunk) => kept.has(chunk.name));
  const pieces = needed.map(withoutFlags);
  const header = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  header.writeUInt32LE(
    pieces.reduce((total, piece) => total + piece.length, 4),
    4,
  );
  return [header, ...pieces];
}

function withoutFlags(chunk: Chunk): Uint8Array {
  if (chunk.name !== 'VP8X') return chunk.whole;
  const header = Buffer.from(chunk.whole);
  header[8] = (header[8] as number) & ~exifAndXmpFlags;
  return header;
}
