import { createHash } from 'node:crypto';
import { importBytes } from 'ipfs-unixfs-importer';
import sharp from 'sharp';

sharp.cache(false);
sharp.concurrency(1);

const nowhere = { put: <Cid>(cid: Cid): Promise<Cid> => Promise.resolve(cid) };

/** CPU seconds of the least that an upload of these bytes can cost: their SHA-256 and their CID. */
export function hashAndCid(content: Uint8Array): Promise<number> {
  return cpuOf(async () => {
    createHash('sha256').update(content).digest();
    await importBytes(content, nowhere, { profile: 'unixfs-v1-2025' });
  });
}

/** The same of an image: every pixel decoded, and its SHA-256. */
export function decodeAndHash(content: Uint8Array): Promise<number> {
  return cpuOf(async () => {
    await sharp(content).raw().toBuffer();
    createHash('sha256').update(content).digest();
  });
}

async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
