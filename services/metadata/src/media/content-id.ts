import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
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

/** The same for a file, read once and never whole in memory. */
export async function contentIdOfFile(path: string): Promise<ContentId> {
  const handle = await open(path, 'r');
  try {
    const whole = createHash('sha256');
    const leaves: Buffer[] = [];
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    let bytes = 0;
    for (;;) {
      const filled = await fill(chunk, (at) => handle.read(chunk, at, chunkBytes - at));
      if (filled.length === 0 && leaves.length > 0) break;
      whole.update(filled);
      leaves.push(digestOf(filled));
      bytes += filled.length;
      if (filled.length < chunkBytes) break;
    }
    return { sha256: whole.digest('hex'), cid: fileCid(leaves, bytes) };
  } finally {
    await handle.close();
  }
}

/** A chunk is whole but at the end, however little one read gives. */
async function fill(chunk: Buffer, read: (at: number) => Promise<{ bytesRead: number }>): Promise<Buffer> {
  let at = 0;
  while (at < chunk.length) {
    const { bytesRead } = await read(at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return chunk.subarray(0, at);
}

function digestOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
