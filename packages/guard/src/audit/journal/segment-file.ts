import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** A place in a node's journal. Segment 0 is before every segment. */
export interface JournalPosition {
  readonly segment: number;
  readonly byteOffset: number;
}

export const segmentHeaderBytes = 64;
const magic = 'KEYWARDJ';
const formatVersion = 1;

/** The first bytes of a segment: magic (8), format version (4), segment (8), created at in ms (8), node id (32), CRC-32 (4). */
export function encodeSegmentHeader(header: { nodeId: string; segment: number; createdAt: number }): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeBigUInt64LE(BigInt(header.segment), 12);
  bytes.writeBigUInt64LE(BigInt(header.createdAt), 20);
  bytes.write(header.nodeId, 28, 32, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** `<folder>/<20 digits>.kwj`. */
export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(20, '0')}.kwj`);
}

/** The numbers of the segments in the folder, ascending; none when there is no folder. */
export function listSegments(folder: string): number[] {
  return namesIn(folder)
    .filter((name) => /^\d{20}\.kwj$/.test(name))
    .map((name) => Number(name.slice(0, 20)))
    .sort((a, b) => a - b);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
