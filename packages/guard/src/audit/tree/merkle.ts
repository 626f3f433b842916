import { hash } from 'node:crypto';

/**
 * A hash of the tree: 32 bytes as a latin1 string. Node makes those four times as fast as buffers (measured), and `===`
 * compares them.
 */
export type TreeHash = string;

/** The root of a tree without leaves (RFC 6962, 2.1). */
export const emptyRoot: TreeHash = hash('sha256', '', 'binary');

const node = Buffer.alloc(65);
node[0] = 0x01;

/** SHA-256(0x01 ‖ left ‖ right) (RFC 6962, 2.1). */
export function nodeHash(left: TreeHash, right: TreeHash): TreeHash {
  node.write(left, 1, 'latin1');
  node.write(right, 33, 'latin1');
  return hash('sha256', node, 'binary');
}

export function toBytes(treeHash: TreeHash): Buffer {
  return Buffer.from(treeHash, 'latin1');
}

export function fromBytes(bytes: Uint8Array): TreeHash {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The largest power of two smaller than `size`, which is at least 2: where RFC 6962 splits a tree. */
export function splitOf(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
