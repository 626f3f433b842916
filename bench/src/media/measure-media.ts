import { Keyward } from '@keyward/test/keyward';
import { median } from '../medians.ts';
import { largeVideo, photo } from './media-files.ts';
import { decodeAndHash, hashAndCid } from './media-floors.ts';
import { type ServingProcess, servingProcess } from './serving-process.ts';

export interface MediaFigures {
  /** CPU of an upload of 50 MiB beside hashing and CID of the same bytes alone. */
  readonly videoCpuRatio: number;
  readonly videoCpuMs: number;
  /** By how much the node's resident memory grew at most: one upload, and twenty at once. Bytes. */
  readonly videoGrowthBytes: number;
  readonly twentyGrowthBytes: number;
  /** CPU of an upload of a 12 MP JPEG beside decoding and hashing it alone; upright, and turned by its EXIF. */
  readonly photoCpuRatio: number;
  readonly turnedPhotoCpuRatio: number;
}

interface Bench {
  readonly keyward: Keyward;
  readonly keys: readonly string[];
  readonly serving: ServingProcess;
}

/** P12, media: uploads to the product as its users run it. */
export async function measureMedia({ rounds }: { rounds: number }): Promise<MediaFigures> {
  await using keyward = await Keyward.create();
  await keyward.start();
  const keys = [
    await ownerKey(keyward, 'ann'),
    await ownerKey(keyward, 'ben'),
    await ownerKey(keyward, 'cat'),
  ];
  const bench = { keyward, keys, serving: servingProcess(keyward.dataFolder) };
  // What is loaded with the first upload belongs to none of them.
  for (let at = 0; at < 3; at += 1)
    await remove(bench, await upload(bench, await largeVideo(900 + at), 'video/mp4'));
  for (let at = 0; at < 3; at += 1)
    await remove(bench, await upload(bench, await photo(900 + at, 1), 'image/jpeg'));
  const videos = await cpuRatios(bench, rounds, (seed) => largeVideo(seed), hashAndCid, 'video/mp4');
  const photos = await cpuRatios(bench, rounds, (seed) => photo(seed, 1), decodeAndHash, 'image/jpeg');
  const turned = await cpuRatios(bench, rounds, (seed) => photo(seed, 6), decodeAndHash, 'image/jpeg');
  const alone: number[] = [];
  for (let round = 0; round < rounds; round += 1) alone.push(await growth(bench, 1, 100 + round));
  return {
    videoCpuRatio: videos.ratio,
    videoCpuMs: videos.ms,
    videoGrowthBytes: median(alone),
    twentyGrowthBytes: await growth(bench, 20, 200),
    photoCpuRatio: photos.ratio,
    turnedPhotoCpuRatio: turned.ratio,
  };
}

/** The clock of /proc ticks 100 times a second: several uploads are counted together. */
const uploadsPerRound = 5;

async function cpuRatios(
  bench: Bench,
  rounds: number,
  make: (seed: number) => Promise<Buffer>,
  floor: (content: Uint8Array) => Promise<number>,
  type: string,
): Promise<{ ratio: number; ms: number }> {
  const ratios: number[] = [];
  const ms: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let ours = 0;
    let least = 0;
    for (let at = 0; at < uploadsPerRound; at += 1) {
      const content = await make(1 + round * uploadsPerRound + at);
      await floor(content);
      least += await floor(content);
      const before = bench.serving.cpuSeconds();
      const id = await upload(bench, content, type);
      ours += bench.serving.cpuSeconds() - before;
      await remove(bench, id);
    }
    ratios.push(ours / least);
    ms.push((ours / uploadsPerRound) * 1000);
  }
  return { ratio: median(ratios), ms: median(ms) };
}

async function growth(bench: Bench, uploads: number, seed: number): Promise<number> {
  const contents: Buffer[] = [];
  for (let at = 0; at < uploads; at += 1) contents.push(await largeVideo(seed + at));
  bench.serving.resetPeak();
  const before = bench.serving.residentBytes();
  const ids = await Promise.all(contents.map((content, at) => upload(bench, content, 'video/mp4', at)));
  const grown = bench.serving.peakBytes() - before;
  for (const [at, id] of ids.entries()) await remove(bench, id, at);
  return grown;
}

/** One owner has at most 8 uploads under way: they are spread over three. */
async function upload({ keyward, keys }: Bench, content: Buffer, type: string, at = 0): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(content)], { type }), 'file');
  const headers = { authorization: `Bearer ${keys[at % keys.length]}` };
  const answer = await keyward.fetch('/api/media', { method: 'POST', headers, body: form });
  const { id } = (await answer.json()) as { id?: string };
  if (answer.status !== 201 || id === undefined) throw new Error(`an upload was answered ${answer.status}`);
  return id;
}

async function remove({ keyward, keys }: Bench, id: string, at = 0): Promise<void> {
  const headers = { authorization: `Bearer ${keys[at % keys.length]}` };
  await keyward.fetch(`/api/media/${id}`, { method: 'DELETE', headers });
}

async function ownerKey(keyward: Keyward, name: string): Promise<string> {
  const email = `${name}@example.com`;
  await keyward.cli('users', 'create', '--email', email, '--name', name, '--role', 'user');
  const wishes = ['--service', 'metadata', '--env', 'live', '--owner', email, '--name', 'bench'];
  const { key } = await keyward.cli<{ key: string }>(
    ...['keys', 'create', ...wishes, '--scope', 'media:write', '--limit', '1000000/1h'],
  );
  return key;
}
