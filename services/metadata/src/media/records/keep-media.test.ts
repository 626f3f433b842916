import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fakeClock } from '@keyward/guard/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMedia } from '../create-media.ts';
import { mediaPlace, ownerKeyOf } from '../media-place.ts';
import type { MediaRow } from '../media-table.ts';
import { localDiskStore } from '../storage/local-disk-store.ts';
import type { MediaStore } from '../storage/media-store.ts';
import { type MediaHarness, openMediaHarness } from '../testing/media-harness.ts';
import { testKeyring } from '../testing/test-keyring.ts';
import { keepMedia } from './keep-media.ts';
import { sweepOrphans } from './sweep-orphans.ts';

let harness: MediaHarness;
let store: MediaStore;
beforeAll(async () => {
  harness = await openMediaHarness();
  store = localDiskStore(join(harness.folder, 'files'));
});
afterAll(() => harness[Symbol.asyncDispose]());

const row = (id: string, sha256 = 'a'.repeat(64)): MediaRow => ({
  ...{ id, sha256, userId: 'user-1', ownerKey: ownerKeyOf('user-1'), environment: 'live' },
  ...{ name: 'a.png', type: 'image/png', bytes: 3, cid: 'bafk', width: 1, height: 1, frames: 1 },
  ...{ visibility: 'private', metadataPreserved: false, originalSha256: sha256, originalBytes: 3 },
  ...{ durationMs: null, receipt: null, createdAt: new Date(0) },
});

async function incomingFile(name: string): Promise<string> {
  const file = join(harness.folder, 'incoming', name);
  await writeFile(file, 'abc');
  return file;
}

const keeping = () => ({ database: harness.database, store, quotaBytes: 100 });

test('U1: a row that cannot be written leaves no bytes in the store', async () => {
  const broken = row('x', 'b'.repeat(64));
  const keep = keepMedia(keeping(), { ...broken, width: Number.NaN }, await incomingFile('b'));
  await expect(keep).rejects.toThrow();
  expect((await harness.files()).filter((file) => file.includes('bbbb'))).toEqual([]);
});

test('U1: a store that fails leaves no row, and room is not taken', async () => {
  const failing: MediaStore = { ...store, put: () => Promise.reject(new Error('disk')) };
  const keep = keepMedia({ ...keeping(), store: failing }, row('y'), await incomingFile('y'));
  await expect(keep).rejects.toThrow('disk');
  const { rows } = await harness.database.pool.query(
    `SELECT (SELECT count(*) FROM media)::int AS media, (SELECT count(*) FROM media_usage)::int AS usage`,
  );
  expect(rows).toEqual([{ media: 0, usage: 0 }]);
});

test('bytes without a row are swept, bytes with one stay', async () => {
  expect(await keepMedia(keeping(), row('z'), await incomingFile('z'))).toBeUndefined();
  const orphan = mediaPlace({ userId: 'user-9', environment: 'test' }, 'c'.repeat(64));
  await store.put(orphan, await incomingFile('orphan'));
  expect(await sweepOrphans(harness.database, store, new AbortController().signal)).toBe(1);
  const left = await Array.fromAsync(await store.list());
  expect(left).toEqual([mediaPlace(row('z'), row('z').sha256)]);
});

test('start removes what a crash left on its way in', async () => {
  const folder = join(harness.folder, 'crashed');
  await mkdir(join(folder, 'incoming', 'upload'), { recursive: true });
  await writeFile(join(folder, 'incoming', 'upload', 'original'), 'half a file');
  const media = createMedia({
    ...{ database: harness.database, clock: fakeClock(), folder, keyring: testKeyring() },
  });
  await media.start();
  await media.stop();
  expect((await harness.files()).filter((file) => file.includes('crashed'))).toEqual([]);
});
