import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';

/** A chunk of the profile `unixfs-v1-2025` (IPIP-0499): what fits into one needs no tree above it. */
export const blockBytesMax = 1024 * 1024;

const rawCodec = 0x55;
const sha2256 = 0x12;

/** The CIDv1 (base32) of at most 1 MiB under the profile `unixfs-v1-2025`: one raw leaf, SHA2-256. */
export function documentCid(content: Uint8Array): string {
  if (content.byteLength > blockBytesMax) throw new RangeError('more than one block');
  const digest = createHash('sha256').update(content).digest();
  return CID.createV1(rawCodec, create(sha2256, digest)).toString();
}
