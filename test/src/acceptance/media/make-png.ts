import { crc32, deflateSync } from 'node:zlib';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

export function pngChunk(name: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const content = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, checksum]);
}

/** A PNG that claims a size, whatever its image data hold. */
export function pngClaiming(width: number, height: number, data: Buffer, ...more: Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const image = pngChunk('IDAT', data);
  return Buffer.concat([signature, pngChunk('IHDR', header), ...more, image, pngChunk('IEND')]);
}

export function plainPng(width: number, height: number, ...more: Buffer[]): Buffer {
  return pngClaiming(width, height, deflateSync(Buffer.alloc(height * (width * 3 + 1))), ...more);
}

/** The same picture with further chunks before its end. */
export function withChunks(png: Buffer, ...chunks: Buffer[]): Buffer {
  return Buffer.concat([png.subarray(0, -12), ...chunks, png.subarray(-12)]);
}

/** The same picture in a file of exactly so many bytes. */
export function paddedPng(png: Buffer, bytes: number): Buffer {
  return withChunks(png, pngChunk('prVt', Buffer.alloc(bytes - png.length - 12)));
}
