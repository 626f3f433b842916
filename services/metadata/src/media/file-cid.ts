import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';

/** Leaves of the profile `unixfs-v1-2025` (IPIP-0499). */
export const chunkBytes = 1024 * 1024;

const linksMax = 1024;
const rawCodec = 0x55;
const dagPbCodec = 0x70;
const sha256Code = 0x12;
const fileType = 2;

/**
 * The CIDv1 of a file of `bytes` bytes, from the SHA-256 digests of its chunks: one chunk is its own raw block, more are
 * linked from one DAG-PB node. Written out here because the usual importer costs as much again as the hashing.
 */
export function fileCid(leaves: readonly Uint8Array[], bytes: number): string {
  const [first] = leaves;
  if (!first || leaves.length > linksMax) throw new RangeError('a file has 1 to 1024 chunks');
  if (leaves.length === 1) return cidOf(rawCodec, first).toString();
  const sizes = leaves.map((_, at) => Math.min(chunkBytes, bytes - at * chunkBytes));
  const links = leaves.map((digest, at) => link(cidOf(rawCodec, digest), sizes[at] ?? 0));
  const node = Buffer.concat([...links, lengthDelimited(1, unixFs(bytes, sizes))]);
  return cidOf(dagPbCodec, createHash('sha256').update(node).digest()).toString();
}

function cidOf(codec: number, digest: Uint8Array): CID {
  return CID.createV1(codec, createDigest(sha256Code, digest));
}

/** PBLink of the DAG-PB specification: Hash, an empty Name, Tsize. */
function link(cid: CID, bytes: number): Buffer {
  return lengthDelimited(
    2,
    Buffer.concat([
      lengthDelimited(1, cid.bytes),
      lengthDelimited(2, new Uint8Array()),
      varintField(3, bytes),
    ]),
  );
}

/** Data of the UnixFS specification: Type, filesize, blocksizes. */
function unixFs(bytes: number, sizes: readonly number[]): Buffer {
  return Buffer.concat([
    varintField(1, fileType),
    varintField(3, bytes),
    ...sizes.map((size) => varintField(4, size)),
  ]);
}

function lengthDelimited(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(content.length), content]);
}

function varintField(field: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([field << 3]), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
