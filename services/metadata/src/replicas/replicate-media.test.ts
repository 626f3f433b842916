import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerStores } from './register-stores.ts';
import { type Replica, StoreAway } from './replica.ts';
import { openReplicas } from './store-options.ts';
import { ReplicationBed } from './testing/replication-bed.ts';

let given: ReplicationBed;
beforeEach(async () => {
  given = await ReplicationBed.open();
});
afterEach(() => given[Symbol.asyncDispose]());

test('N6: files go to every store that may have them, and private ones never to ImageKit', async () => {
  await registerStores(given.media.database, given.options);
  const [hidden, open] = [await given.upload(1), await given.upload(2, 'public')];
  expect(await given.storesOf(open)).toEqual({ local: 'stored', s3: 'waiting', imagekit: 'waiting' });
  await given.pass();
  expect(await given.storesOf(hidden)).toEqual({ local: 'stored', s3: 'stored' });
  expect(await given.storesOf(open)).toEqual({ local: 'stored', s3: 'stored', imagekit: 'stored' });
  expect([(await given.s3.keys()).length, given.imageKit.files.size]).toEqual([2, 1]);
});

test('N6: what was there before a store is brought to it, once', async () => {
  const id = await given.upload(1);
  await Promise.all([
    registerStores(given.media.database, given.options),
    registerStores(given.media.database, given.options),
  ]);
  await given.pass();
  expect(await given.storesOf(id)).toEqual({ local: 'stored', s3: 'stored' });
});

test('N6: the same bytes go public and private again, and leave the store when no public file has them', async () => {
  await registerStores(given.media.database, given.options);
  const [hidden, open] = [await given.upload(1), await given.upload(1, 'public')];
  await given.pass();
  expect(given.imageKit.files.size).toBe(1);
  expect(await given.storesOf(hidden)).toEqual({ local: 'stored', s3: 'stored' });
  await given.media.call(given.media.media.handlers.deleteMedia, { params: { id: open } });
  await given.pass();
  expect([(await given.s3.keys()).length, given.imageKit.files.size]).toEqual([1, 0]);
  await given.media.call(given.media.media.handlers.deleteMedia, { params: { id: hidden } });
  await given.pass();
  expect(await given.s3.keys()).toEqual([]);
  expect((await given.media.database.pool.query('SELECT * FROM media_replicas')).rows).toEqual([]);
});

test('N6, O6: a store that is away loses nothing, takes no permits from others, and catches up', async () => {
  await registerStores(given.media.database, given.options);
  await given.s3.stop();
  const kept = [await given.upload(1, 'public'), await given.upload(2, 'public'), await given.upload(3)];
  const [deleted] = kept;
  for (let round = 0; round < 3; round += 1) {
    await given.pass();
    given.media.clock.advance(60_000);
  }
  expect(given.imageKit.files.size).toBe(2);
  expect(await given.storesOf(kept[2] ?? '')).toEqual({ local: 'stored', s3: 'waiting' });
  await given.media.call(given.media.media.handlers.deleteMedia, { params: { id: deleted ?? '' } });
  await given.s3.start();
  given.media.clock.advance(3_600_000);
  await given.pass();
  expect([(await given.s3.keys()).length, given.imageKit.files.size]).toEqual([2, 1]);
});

test('O4: a Retry-After is heard, over a restart of the job', async () => {
  await registerStores(given.media.database, given.options);
  const id = await given.upload(1, 'public');
  given.imageKit.faults.push({ status: 429, headers: { 'retry-after': '600' } });
  await given.pass();
  given.media.clock.advance(300_000);
  const before = given.imageKit.requests.length;
  await given.pass(given.job());
  expect(given.imageKit.requests.length).toBe(before);
  given.media.clock.advance(301_000);
  await given.pass();
  expect(await given.storesOf(id)).toMatchObject({ imagekit: 'stored' });
});

test('O4: a file that never succeeds does not hold up the others', async () => {
  await registerStores(given.media.database, { s3Url: given.s3.url });
  const poisons = [
    await given.upload(1),
    await given.upload(2),
    await given.upload(3),
    await given.upload(4),
  ];
  const { rows } = await given.media.database.pool.query('SELECT sha256 FROM media');
  const bad = new Set(rows.map(({ sha256 }) => sha256 as string));
  const good = [await given.upload(5), await given.upload(6)];
  const [real] = await openReplicas({ s3Url: given.s3.url });
  const failing: Replica = {
    ...(real as Replica),
    put: async (item, ...rest) => {
      if (bad.has(item.sha256)) throw new StoreAway('poison');
      return (real as Replica).put(item, ...rest);
    },
  };
  for (let round = 0; round < 3; round += 1) {
    await given.pass(given.job(async () => [failing]));
    given.media.clock.advance(5_000);
  }
  for (const id of good) expect(await given.storesOf(id)).toMatchObject({ s3: 'stored' });
  for (const id of poisons) expect(await given.storesOf(id)).toMatchObject({ s3: 'waiting' });
});

test('N6: a file that is deleted while it is being sent does not stay there', async () => {
  await registerStores(given.media.database, { s3Url: given.s3.url });
  const id = await given.upload(1);
  const [real] = await openReplicas({ s3Url: given.s3.url });
  const slow: Replica = {
    ...(real as Replica),
    put: async (...all) => {
      const kept = await (real as Replica).put(...all);
      await given.media.call(given.media.media.handlers.deleteMedia, { params: { id } });
      return kept;
    },
  };
  await given.pass(given.job(async () => [slow]));
  await given.pass();
  expect(await given.s3.keys()).toEqual([]);
});

test('O4: what a process that died had begun is done by the next, and lies there once', async () => {
  await registerStores(given.media.database, given.options);
  const id = await given.upload(1, 'public');
  const real = await openReplicas(given.options);
  const dying = real.map((replica) => ({
    ...replica,
    put: async (...all: Parameters<Replica['put']>) => {
      await replica.put(...all);
      return new Promise<never>(() => {});
    },
  }));
  void given.pass(given.job(async () => dying));
  while ((await given.s3.keys()).length === 0 || given.imageKit.files.size === 0) await delay(20);
  await given.pass();
  expect(await given.storesOf(id)).toMatchObject({ s3: 'waiting', imagekit: 'waiting' });
  given.media.clock.advance(60_000);
  await given.pass();
  expect(await given.storesOf(id)).toMatchObject({ s3: 'stored', imagekit: 'stored' });
  expect([(await given.s3.keys()).length, given.imageKit.files.size]).toEqual([1, 1]);
});

test('D1: no key of a store is in a log, a row or an answer', async () => {
  given.options = {
    s3Url: given.s3.url.replace('S3RVER:S3RVER@', 'nobody:hidden-key@'),
    imageKit: { ...given.imageKit.options, privateKey: 'hidden-key' },
  };
  await registerStores(given.media.database, given.options);
  const id = await given.upload(1, 'public');
  await given.pass();
  const { rows } = await given.media.database.pool.query('SELECT * FROM media_replicas');
  expect(rows.map(({ last_error }) => last_error as string).sort()).toEqual([
    'ImageKit answered 401',
    expect.stringContaining('403'),
  ]);
  const shown = await given.media.call(given.media.media.handlers.getMedia, { params: { id } });
  const all = [given.logged.join(), JSON.stringify(rows), JSON.stringify(shown.body)].join();
  expect(all).not.toMatch(/hidden-key|aGlkZGVuLWtleQ/);
});
