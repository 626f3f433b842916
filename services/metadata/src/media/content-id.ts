import { createHash } from 'node:crypto';
import { importBytes } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';

const nowhere = { put: async (cid: CID) => cid };

/** Lower-case hexadecimal SHA-256. */
export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The IPFS CID under the profile `unixfs-v1-2025` (IPIP-0499): CIDv1, raw leaves, chunks of 1 MiB. */
export async function cidOf(content: Uint8Array): Promise<string> {
  const { cid } = await importBytes(content, nowhere, { profile: 'unixfs-v1-2025' });
  return cid.toString();
}
