import { join } from 'node:path';
import { isProblem, type KeyCaller } from '@keyward/guard';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { mediaPlace, ownerKeyOf } from '../media/media-place.ts';
import { localDiskStore } from '../media/storage/local-disk-store.ts';
import type { MediaStore } from '../media/storage/media-store.ts';
import { still } from '../media/testing/image-fixtures.ts';
import { formOf, type MediaHarness, openMediaHarness } from '../media/testing/media-harness.ts';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';
import { handOverOf } from './hand-over.ts';

let harness: MediaHarness;
let bed: MetadataBed;
let store: MediaStore;
let png: Buffer;
beforeAll(async () => {
  harness = await openMediaHarness();
  bed = await createMetadataBed();
  store = localDiskStore(join(harness.folder, 'files'));
  png = await still().png().toBuffer();
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await bed[Symbol.asyncDispose]();
});

let turn = 0;
let [ann, ben] = ['', ''];
beforeEach(() => {
  turn += 1;
  [ann, ben] = [`ann-${turn}`, `ben-${turn}`];
});

/** Hands over in a transaction of its own, which a refusal rolls back, and settles. */
async function give(from: string, to: string, more: { quotaBytes?: number; store?: MediaStore } = {}) {
  const { clock, database } = harness;
  const keeper = handOverOf({
    ...{ clock, database, store, quotaBytes: 1_000_000, incoming: join(harness.folder, 'incoming') },
    ...more,
  });
  try {
    const moved = await database.orm.transaction(async (tx) => {
      const outcome = await keeper.handOver(tx, from, to);
      if (isProblem(outcome)) throw outcome;
      return outcome;
    });
    await moved.settle?.(true);
    return moved.counts;
  } catch (error) {
    if (isProblem(error)) return error.code;
    throw error;
  }
}

async function upload(userId: string, content = png, environment: 'live' | 'test' = 'live'): Promise<string> {
  const made = await harness.upload(formOf(content), {}, { userId, environment });
  expect(made.status).toBe(201);
  return (made.body as { id: string }).id;
}

async function read(userId: string, id: string, environment: 'live' | 'test' = 'live') {
  const as = { userId, environment };
  const got = await harness.call(harness.media.handlers.getMediaContent, { params: { id } }, as);
  if (got.reply.kind !== 'bytes') return got.status;
  return Buffer.from(await new Response(got.reply.body as ReadableStream).arrayBuffer());
}

const usageOf = async (userId: string) => {
  const query = 'SELECT bytes::int FROM media_usage WHERE user_id = $1';
  return (await harness.database.pool.query<{ bytes: number }>(query, [userId])).rows[0]?.bytes ?? 0;
};
const filesOf = async (userId: string) =>
  (await harness.files()).filter((file) => file.includes(ownerKeyOf(userId))).length;

test('K10: media bytes are read by the new owner and no more by the old; nothing is left in the old folder', async () => {
  const [live, again, testing] = [await upload(ann), await upload(ann), await upload(ann, png, 'test')];
  const common = await upload(ben);
  expect([await filesOf(ann), await filesOf(ben)]).toEqual([2, 1]);
  expect(await give(ann, ben)).toMatchObject({ media_files: 3 });
  for (const id of [live, again, common]) {
    expect(await read(ben, id)).toEqual(png);
    expect(await read(ann, id)).toBe(404);
  }
  expect(await read(ben, testing, 'test')).toEqual(png);
  // Once for each environment: the new owner had the live one already.
  expect([await filesOf(ann), await filesOf(ben)]).toEqual([0, 2]);
  expect([await usageOf(ann), await usageOf(ben)]).toEqual([0, 2 * png.length]);

  for (const id of [live, again]) {
    await harness.call(harness.media.handlers.deleteMedia, { params: { id } }, { userId: ben });
  }
  expect(await read(ben, common)).toEqual(png);
});

test('K10: more than the new owner may keep is refused, and every file stays where it was', async () => {
  const id = await upload(ann);
  await upload(ben, await still().sharpen().png().toBuffer());
  const files = await harness.files();
  expect(await give(ann, ben, { quotaBytes: png.length + 1 })).toBe('quota_exceeded');
  expect(await harness.files()).toEqual(files);
  expect([await read(ann, id), await read(ben, id)]).toEqual([png, 404]);
  expect([await usageOf(ann)]).toEqual([png.length]);
});

test('K10: a store that fails, or is on another machine, changes nothing', async () => {
  const id = await upload(ann);
  const failing = { ...store, put: () => Promise.reject(new Error('disk')) };
  await expect(give(ann, ben, { store: failing })).rejects.toThrow('disk');
  expect(await give(ann, ben, { store: localDiskStore(join(harness.folder, 'elsewhere')) })).toBe('conflict');
  const empty: MediaStore = {
    ...store,
    open: (place) => store.open({ ...place, sha256: '0'.repeat(64) }, { start: 0, end: 1 }),
  };
  expect(await give(ann, ben, { store: empty })).toBe('conflict');
  expect([await read(ann, id), await filesOf(ben)]).toEqual([png, 0]);
});

test('K10: a hand-over that fails in the middle leaves none of the copies that it had made', async () => {
  await upload(ann);
  await upload(ann, await still().sharpen().png().toBuffer());
  for (const [error, outcome] of [
    [Object.assign(new Error('gone'), { code: 'ENOENT' }), 'conflict'],
    [new Error('disk'), 'thrown'],
  ] as const) {
    let opened = 0;
    const failing: MediaStore = {
      ...store,
      open: (...all) => (++opened === 1 ? store.open(...all) : Promise.reject(error)),
    };
    expect(await give(ann, ben, { store: failing }).catch(() => 'thrown')).toBe(outcome);
    expect([await filesOf(ann), await filesOf(ben)]).toEqual([2, 0]);
  }
});

test('K10: copies of a hand-over that was rolled back are removed', async () => {
  await upload(ann);
  const { clock, database } = harness;
  const keeper = handOverOf({
    clock,
    database,
    store,
    quotaBytes: 1e9,
    incoming: join(harness.folder, 'incoming'),
  });
  let settle: ((isCommitted: boolean) => Promise<void>) | undefined;
  const rolledBack = database.orm.transaction(async (tx) => {
    const moved = await keeper.handOver(tx, ann, ben);
    if (!isProblem(moved)) settle = moved.settle;
    tx.rollback();
  });
  await expect(rolledBack).rejects.toThrow();
  expect(await filesOf(ben)).toBe(1);
  await settle?.(false);
  expect([await filesOf(ann), await filesOf(ben)]).toEqual([1, 0]);
  await expect(
    store.open(mediaPlace({ userId: ben, environment: 'live' }, '0'.repeat(64)), { start: 0, end: 0 }),
  ).rejects.toThrow();
});

const document = { name: 'One', image: 'https://example.com/1.png' };
const create = (caller: KeyCaller, query: Record<string, string>, headers: Record<string, string> = {}) =>
  bed.call('createDocument', caller, { body: document, query, headers });
const giveDocuments = async (from: string, to: string) => {
  const { clock, database } = bed;
  const keeper = handOverOf({ clock, database, store, quotaBytes: 1, incoming: '' });
  const moved = await bed.database.orm.transaction((tx) => keeper.handOver(tx, from, to));
  if (isProblem(moved)) throw new Error(moved.code);
  return moved.counts;
};

test('K10: documents and collections change hands; token URIs stay; of two of one name one gets its id behind it', async () => {
  const [from, to] = [bed.caller(ann), bed.caller(ben)];
  const name = `${'n'.repeat(99)}é`;
  const mine = await create(from, { collection: name, token_id: '1' });
  const theirs = await create(to, { collection: name, token_id: '1' });
  const alone = await create(bed.caller(ann, 'test'), { collection: 'alone' });
  const deleted = await create(from, {});
  await bed.call('deleteDocument', from, { params: { id: deleted.body.id } });
  expect(await giveDocuments(ann, ben)).toEqual({
    collections: 2,
    renamed_collections: 1,
    documents: 3,
    webhooks: 0,
    media_files: 0,
  });
  const seen = await bed.call('readDocument', to, { params: { id: mine.body.id } });
  expect(seen.body).toMatchObject({ token_uri: mine.body.token_uri, cid: mine.body.cid });
  const id = mine.body.token_uri.split('/')[2] ?? '';
  expect(seen.body.collection).toBe(`${'n'.repeat(81)} (${id})`);
  expect(seen.body.collection.length).toBe(100);
  expect((await bed.call('readDocument', to, { params: { id: theirs.body.id } })).body.collection).toBe(name);
  expect((await bed.call('readDocument', from, { params: { id: mine.body.id } })).code).toBe('not_found');
  const other = await bed.call('readDocument', bed.caller(ben, 'test'), { params: { id: alone.body.id } });
  expect(other.body.collection).toBe('alone');
  const query = 'SELECT user_id FROM metadata WHERE id = $1';
  expect((await bed.database.pool.query(query, [deleted.body.id])).rows).toEqual([{ user_id: ben }]);
});

test('K10, N3: deleted collections go along; their names stand in nobody’s way', async () => {
  const [from, to] = [bed.caller(ann), bed.caller(ben)];
  const remove = async (caller: KeyCaller, id: string) =>
    (await bed.call('deleteCollection', caller, { params: { id } })).body.id;
  await create(to, { collection: 'one' });
  await remove(to, 'one');
  await create(from, { collection: 'one' });
  await create(to, { collection: 'two' });
  await create(from, { collection: 'two' });
  const deleted = await remove(from, 'two');
  expect(await giveDocuments(ann, ben)).toMatchObject({ collections: 2, renamed_collections: 0 });
  const restore = () => bed.call('restoreCollection', to, { params: { id: deleted } });
  expect((await restore()).code).toBe('conflict');
  await bed.call('updateCollection', to, { params: { id: 'two' }, body: { name: 'three' } });
  expect((await restore()).body).toMatchObject({ name: 'two', documents: 1 });
});

test('K10, N1: a repeated request gets its answer from the new owner; a key that both used stays theirs', async () => {
  const [from, to] = [bed.caller(ann), bed.caller(ben)];
  const key = (text: string) => ({ 'idempotency-key': text });
  const first = await create(from, {}, key('only-mine'));
  await create(from, {}, key('of-both'));
  const theirs = await create(to, {}, key('of-both'));
  await giveDocuments(ann, ben);
  expect((await create(to, {}, key('only-mine'))).body.id).toBe(first.body.id);
  expect((await create(to, {}, key('of-both'))).body.id).toBe(theirs.body.id);
});
