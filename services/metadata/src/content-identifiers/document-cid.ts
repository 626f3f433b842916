import { hash } from 'node:crypto';
import { base32 } from 'multiformats/bases/base32';

/** A chunk of the profile `unixfs-v1-2025` (IPIP-0499): what fits into one needs no tree above it. */
export const blockBytesMax = 1024 * 1024;

/** What stands before the digest in the CID's bytes: CIDv1, raw codec, SHA2-256 of 32 bytes. */
const head = Uint8Array.of(0x01, 0x55, 0x12, 0x20);
const cidBytes = 36;

/**
 * The CIDv1 (base32) of at most 1 MiB under the profile `unixfs-v1-2025`: one raw leaf, SHA2-256. Put together by hand:
 * the objects that usually carry a CID cost several times the hashing of a document.
 */
export function documentCid(content: Uint8Array): string {
  if (content.byteLength > blockBytesMax) throw new RangeError('more than one block');
  const cid = new Uint8Array(cidBytes);
  cid.set(head);
  cid.set(hash('sha256', content, 'buffer'), head.length);
  return base32.encode(cid);
}
