import { createHash } from 'node:crypto';
import { code as dagPb, encode, type PBLink, prepare } from '@ipld/dag-pb';
import type { UnixFS } from 'ipfs-unixfs';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import type { Profile } from './profile.ts';

export interface DagPbBlock {
  readonly cid: CID;
  readonly bytes: Uint8Array;
  /** Bytes of this block and of all below it. */
  readonly totalBytes: number;
}

const sha2256 = 0x12;

/** A node of a directory tree as a block. Links stand in the order of their names, by bytes. */
export function dagPbBlock(unixfs: UnixFS, links: readonly PBLink[], profile: Profile): DagPbBlock {
  const bytes = encode(prepare({ Data: unixfs.marshal(), Links: [...links] }));
  const digest = create(sha2256, createHash('sha256').update(bytes).digest());
  const cid = profile === 'unixfs-v0-2015' ? CID.createV0(digest) : CID.createV1(dagPb, digest);
  const below = links.reduce((sum, { Tsize = 0 }) => sum + Tsize, 0);
  return { cid, bytes, totalBytes: bytes.byteLength + below };
}
