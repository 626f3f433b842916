import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { chunkBytes, fileCid } from './file-cid.ts';

/** What a file's content is known by. */
export interface ContentId {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** The IPFS CID under the profile `unixfs-v1-2025` (IPIP-0499): CIDv1, raw leaves, chunks of 1 MiB. */
  readonly cid: string;
}

/** Lower-case hexadecimal SHA-256. */
export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function contentIdOf(content: Uint8Array): ContentId {
  const leaves: Buffer[] = [];
  for (let at = 0; at < content.length || at === 0; at += chunkBytes) {
    leaves.push(digestOf(content.subarray(at, at + chunkBytes)));
  }
  const [first] = leaves;
  const sha256 = leaves.length === 1 && first ? first.toString('hex') : sha256Of(content);
  return { sha256, cid: fileCid(leaves, content.length) };
}

/** Bytes read at once: few enough to be hashed twice from the processor's cache. */
const pieceBytes = 256 * 1024;

/**
 * The same for a file, read once and never whole in memory. Blocks the thread, some 80 ms for 50 MiB: for a process that
 * has nothing else to do. To wait for each piece costs a tenth more.
 */
export function contentIdOfFile(path: string): ContentId {
  const file = openSync(path, 'r');
  try {
    const whole = createHash('sha256');
    const leaves: Buffer[] = [];
    const room = Buffer.allocUnsafeSlow(pieceBytes);
    let bytes = 0;
    for (;;) {
      const leaf = createHash('sha256');
      const start = bytes;
      for (const piece of chunkOf(file, start, room)) {
        whole.update(piece);
        leaf.update(piece);
        bytes += piece.length;
      }
      if (bytes > start || leaves.length === 0) leaves.push(leaf.digest());
      if (bytes < start + chunkBytes) return { sha256: whole.digest('hex'), cid: fileCid(leaves, bytes) };
    }
  } finally {
    closeSync(file);
  }
}

/** The chunk from there, piece by piece in the same room; it is whole but at the end, however little one read gives. */
function* chunkOf(file: number, start: number, room: Buffer): Generator<Buffer, void> {
  for (let at = 0; at < chunkBytes; ) {
    const bytesRead = readSync(file, room, 0, Math.min(room.length, chunkBytes - at), start + at);
    if (bytesRead === 0) return;
    yield room.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function digestOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
