import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localDiskStore } from '../media/storage/local-disk-store.ts';
import { still } from '../media/testing/image-fixtures.ts';
import { formOf, type MediaHarness, openMediaHarness } from '../media/testing/media-harness.ts';
import { registerStores } from './register-stores.ts';
import { type Replica, StoreAway } from './replica.ts';
import { replicateMedia } from './replicate-media.ts';
import { configuredStores, openReplicas, type StoreOptions } from './store-options.ts';
import { type LoopbackImageKit, loopbackImageKit } from './testing/loopback-imagekit.ts';
import { type S3Server, s3Server } from './testing/s3-server.ts';

let bed: MediaHarness;
let s3: S3Server;
let imageKit: LoopbackImageKit;
let options: StoreOptions;
let logged: string[];

beforeEach(async () => {
  [bed, s3, imageKit] = await Promise.all([openMediaHarness(), s3Server(), loopbackImageKit()]);
  options = { s3Url: s3.url, imageKit: imageKit.options };
  logged = [];
});
afterEach(async () => {
  await Promise.all([bed, s3, imageKit].map((each) => each[Symbol.asyncDispose]()));
});

function job(open: () => Promise<readonly Replica[]> = () => openReplicas(options)) {
  const local = localDiskStore(`${bed.folder}/files`);
  return replicateMedia({ database: bed.database, local, stores: configuredStores(options), open });
}

async function pass(work = job(), signal = new AbortController().signal): Promise<void> {
  const write = (...said: unknown[]) => void logged.push(JSON.stringify(said));
  const log = { info: write, warn: write, error: write };
  await work.run(undefined, { clock: bed.clock, log, signal });
}

interface Shown {
  readonly id: string;
  readonly stores: readonly { name: string; state: string; url: string | null; detail: string | null }[];
}

async function upload(seed: number, visibility = 'private'): Promise<string> {
  const content = await still(seed).png().toBuffer();
  const made = await bed.upload(formOf(content), { visibility });
  expect(made.status).toBe(201);
  return (made.body as Shown).id;
}

async function storesOf(id: string) {
  const shown = await bed.call(bed.media.handlers.getMedia, { params: { id } });
  return Object.fromEntries((shown.body as Shown).stores.map(({ name, state }) => [name, state]));
}

test('N6: files go to every store that may have them, and private ones never to ImageKit', async () => {
  await registerStores(bed.database, options);
  const [hidden, open] = [await upload(1), await upload(2, 'public')];
  expect(await storesOf(open)).toEqual({ local: 'stored', s3: 'waiting', imagekit: 'waiting' });
  await pass();
  expect(await storesOf(hidden)).toEqual({ local: 'stored', s3: 'stored' });
  expect(await storesOf(open)).toEqual({ local: 'stored', s3: 'stored', imagekit: 'stored' });
  expect([(await s3.keys()).length, imageKit.files.size]).toEqual([2, 1]);
});

test('N6: what was there before a store is brought to it, once', async () => {
  const id = await upload(1);
  await Promise.all([registerStores(bed.database, options), registerStores(bed.database, options)]);
  await pass();
  expect(await storesOf(id)).toEqual({ local: 'stored', s3: 'stored' });
});

test('N6: the same bytes go public and private again, and leave the store when no public file has them', async () => {
  await registerStores(bed.database, options);
  const [hidden, open] = [await upload(1), await upload(1, 'public')];
  await pass();
  expect(imageKit.files.size).toBe(1);
  expect(await storesOf(hidden)).toEqual({ local: 'stored', s3: 'stored' });
  await bed.call(bed.media.handlers.deleteMedia, { params: { id: open } });
  await pass();
  expect([(await s3.keys()).length, imageKit.files.size]).toEqual([1, 0]);
  await bed.call(bed.media.handlers.deleteMedia, { params: { id: hidden } });
  await pass();
  expect(await s3.keys()).toEqual([]);
  expect((await bed.database.pool.query('SELECT * FROM media_replicas')).rows).toEqual([]);
});

test('N6, O6: a store that is away loses nothing, takes no permits from others, and catches up', async () => {
  await registerStores(bed.database, options);
  await s3.stop();
  const kept = [await upload(1, 'public'), await upload(2, 'public'), await upload(3)];
  const [deleted] = kept;
  for (let round = 0; round < 3; round += 1) {
    await pass();
    bed.clock.advance(60_000);
  }
  expect(imageKit.files.size).toBe(2);
  expect(await storesOf(kept[2] ?? '')).toEqual({ local: 'stored', s3: 'waiting' });
  await bed.call(bed.media.handlers.deleteMedia, { params: { id: deleted ?? '' } });
  await s3.start();
  bed.clock.advance(3_600_000);
  await pass();
  expect([(await s3.keys()).length, imageKit.files.size]).toEqual([2, 1]);
});

test('O4: a Retry-After is heard, over a restart of the job', async () => {
  await registerStores(bed.database, options);
  const id = await upload(1, 'public');
  imageKit.faults.push({ status: 429, headers: { 'retry-after': '600' } });
  await pass();
  bed.clock.advance(300_000);
  const before = imageKit.requests.length;
  await pass(job());
  expect(imageKit.requests.length).toBe(before);
  bed.clock.advance(301_000);
  await pass();
  expect(await storesOf(id)).toMatchObject({ imagekit: 'stored' });
});

test('O4: a file that never succeeds does not hold up the others', async () => {
  await registerStores(bed.database, { s3Url: s3.url });
  const poisons = [await upload(1), await upload(2), await upload(3), await upload(4)];
  const { rows } = await bed.database.pool.query('SELECT sha256 FROM media');
  const bad = new Set(rows.map(({ sha256 }) => sha256 as string));
  const good = [await upload(5), await upload(6)];
  const [real] = await openReplicas({ s3Url: s3.url });
  const failing: Replica = {
    ...(real as Replica),
    put: async (item, ...rest) => {
      if (bad.has(item.sha256)) throw new StoreAway('poison');
      return (real as Replica).put(item, ...rest);
    },
  };
  for (let round = 0; round < 3; round += 1) {
    await pass(job(async () => [failing]));
    bed.clock.advance(5_000);
  }
  for (const id of good) expect(await storesOf(id)).toMatchObject({ s3: 'stored' });
  for (const id of poisons) expect(await storesOf(id)).toMatchObject({ s3: 'waiting' });
});

test('N6: a file that is deleted while it is being sent does not stay there', async () => {
  await registerStores(bed.database, { s3Url: s3.url });
  const id = await upload(1);
  const [real] = await openReplicas({ s3Url: s3.url });
  const slow: Replica = {
    ...(real as Replica),
    put: async (...all) => {
      const kept = await (real as Replica).put(...all);
      await bed.call(bed.media.handlers.deleteMedia, { params: { id } });
      return kept;
    },
  };
  await pass(job(async () => [slow]));
  await pass();
  expect(await s3.keys()).toEqual([]);
});

test('O4: what a process that died had begun is done by the next, and lies there once', async () => {
  await registerStores(bed.database, options);
  const id = await upload(1, 'public');
  const real = await openReplicas(options);
  const dying = real.map((replica) => ({
    ...replica,
    put: async (...all: Parameters<Replica['put']>) => {
      await replica.put(...all);
      return new Promise<never>(() => {});
    },
  }));
  void pass(job(async () => dying));
  while ((await s3.keys()).length === 0 || imageKit.files.size === 0) await delay(20);
  await pass();
  expect(await storesOf(id)).toMatchObject({ s3: 'waiting', imagekit: 'waiting' });
  bed.clock.advance(60_000);
  await pass();
  expect(await storesOf(id)).toMatchObject({ s3: 'stored', imagekit: 'stored' });
  expect([(await s3.keys()).length, imageKit.files.size]).toEqual([1, 1]);
});

test('D1: no key of a store is in a log, a row or an answer', async () => {
  options = {
    s3Url: s3.url.replace('S3RVER:S3RVER@', 'nobody:hidden-key@'),
    imageKit: { ...imageKit.options, privateKey: 'hidden-key' },
  };
  await registerStores(bed.database, options);
  const id = await upload(1, 'public');
  await pass();
  const { rows } = await bed.database.pool.query('SELECT * FROM media_replicas');
  expect(rows.map(({ last_error }) => last_error as string).sort()).toEqual([
    'ImageKit answered 401',
    expect.stringContaining('403'),
  ]);
  const shown = await bed.call(bed.media.handlers.getMedia, { params: { id } });
  const all = [logged.join(), JSON.stringify(rows), JSON.stringify(shown.body)].join();
  expect(all).not.toMatch(/hidden-key|aGlkZGVuLWtleQ/);
});
