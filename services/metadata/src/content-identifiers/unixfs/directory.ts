import { setImmediate } from 'node:timers/promises';
import type { PBLink } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { CID } from 'multiformats/cid';
import { dagPbBlock } from './dag-pb-block.ts';
import { type Block, type Profile, shardBeyondBytes } from './profile.ts';
import { hashName, shardedDirectory } from './sharded-directory.ts';

/** A file of a directory. `totalBytes`: of all its blocks. Names are unique and not empty. */
export interface DirectoryFile {
  readonly name: string;
  readonly cid: string;
  readonly totalBytes: number;
}

export interface Directory {
  readonly cid: string;
  /** The directory's own blocks, the root first; those of the files are not among them. */
  readonly blocks: readonly Block[];
  readonly isSharded: boolean;
  /** Of the directory and all files. */
  readonly totalBytes: number;
}

const filesPerTurn = 500;

/**
 * The directory of these files as the reference importer makes it (IPIP-0499): one block while it is small, a HAMT of
 * 256-way shards beyond 256 KiB. Other work gets its turn in between.
 */
export async function unixfsDirectory(files: readonly DirectoryFile[], profile: Profile): Promise<Directory> {
  const links: PBLink[] = [];
  for (const [index, { name, cid, totalBytes }] of files.entries()) {
    links.push({ Name: name, Hash: CID.parse(cid), Tsize: totalBytes });
    if (index % filesPerTurn === filesPerTurn - 1) await setImmediate();
  }
  const flat = estimatedBytes(links) <= 2 * shardBeyondBytes ? flatDirectory(links, profile) : undefined;
  if (flat !== undefined && !isTooLarge(flat.bytes, links, profile)) {
    const block = { cid: flat.cid.toString(), bytes: flat.bytes };
    return { cid: block.cid, blocks: [block], isSharded: false, totalBytes: flat.totalBytes };
  }
  const entries = [];
  for (const [index, link] of links.entries()) {
    entries.push({ link, hash: await hashName(link.Name ?? '', 0) });
    if (index % filesPerTurn === filesPerTurn - 1) await setImmediate();
  }
  const blocks: Block[] = [];
  const root = await shardedDirectory(entries, profile, blocks);
  return {
    cid: root.cid.toString(),
    blocks: blocks.toReversed(),
    isSharded: true,
    totalBytes: root.totalBytes,
  };
}

function flatDirectory(links: readonly PBLink[], profile: Profile) {
  return dagPbBlock(new UnixFS({ type: 'directory' }), links, profile);
}

/** `unixfs-v1-2025` goes by the block's bytes, `unixfs-v0-2015` by those of names and CIDs. */
function isTooLarge(bytes: Uint8Array, links: readonly PBLink[], profile: Profile): boolean {
  const size = profile === 'unixfs-v1-2025' ? bytes.byteLength : estimatedBytes(links);
  return size > shardBeyondBytes;
}

function estimatedBytes(links: readonly PBLink[]): number {
  return links.reduce((sum, { Name = '', Hash }) => sum + Buffer.byteLength(Name) + Hash.byteLength, 0);
}
