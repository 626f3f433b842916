import { importBytes } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import { blockBytesMax, documentCid } from '../document-cid.ts';
import type { Block, Profile } from './profile.ts';

export interface FileBlocks {
  readonly cid: string;
  readonly totalBytes: number;
  /** All blocks of the file. */
  readonly blocks: readonly Block[];
}

/** A file's blocks under a profile. Up to 1 MiB under `unixfs-v1-2025` it is one block, which is the file itself. */
export async function fileBlocks(content: Uint8Array, profile: Profile): Promise<FileBlocks> {
  if (profile === 'unixfs-v1-2025' && content.byteLength <= blockBytesMax) {
    const cid = documentCid(content);
    return { cid, totalBytes: content.byteLength, blocks: [{ cid, bytes: content }] };
  }
  const blocks: Block[] = [];
  const collect = {
    put: async (cid: CID, bytes: Uint8Array) => {
      blocks.push({ cid: cid.toString(), bytes });
      return cid;
    },
  };
  const { cid, size } = await importBytes(content, collect, { profile });
  return { cid: cid.toString(), totalBytes: Number(size), blocks };
}
