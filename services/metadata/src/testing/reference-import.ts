import { importer } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import type { Profile } from '../content-identifiers/unixfs/profile.ts';

export interface ReferenceImport {
  readonly cid: string;
  readonly totalBytes: number;
  /** Every block that the importer stored, by its CID. */
  readonly blocks: ReadonlyMap<string, Uint8Array>;
}

/** A directory of these files as the reference importer makes it (IPIP-0499). */
export async function referenceImport(
  files: readonly { readonly name: string; readonly content: Uint8Array }[],
  profile: Profile,
): Promise<ReferenceImport> {
  const blocks = new Map<string, Uint8Array>();
  const store = {
    put: async (cid: CID, bytes: Uint8Array) => {
      blocks.set(cid.toString(), bytes);
      return cid;
    },
  };
  let root = { cid: '', totalBytes: 0 };
  const candidates = files.map(({ name, content }) => ({ path: name, content }));
  const options = { profile, wrapWithDirectory: true };
  for await (const { cid, size } of importer(candidates, store as never, options)) {
    root = { cid: cid.toString(), totalBytes: Number(size ?? 0n) };
  }
  return { ...root, blocks };
}
