import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetadataBed, type MetadataBed } from '../../testing/metadata-bed.ts';
import { purgeExpired } from '../purge-expired.ts';
import { recoverableMs } from './recoverable.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const create = async (body: unknown, query: Record<string, string> = {}, caller = mei()) =>
  (await bed.call('createDocument', caller, { body, query })).body;
const remove = (id: string, caller = mei()) => bed.call('deleteDocument', caller, { params: { id } });
const restore = (id: string, query: Record<string, string> = {}, caller = mei()) =>
  bed.call('restoreDocument', caller, { params: { id }, query });
const deleted = async (query: Record<string, string> = {}, caller = mei()) =>
  (await bed.call('listDeleted', caller, { query })).body;

test('N3: what is deleted is listed, last deleted first, in pages', async () => {
  const caller = bed.caller('lister');
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) {
    const { id } = await create({ name: `d${n}` }, { collection: 'Bin', token_id: String(n) }, caller);
    ids.unshift(id);
  }
  for (const id of ids.toReversed()) {
    bed.clock.advance(1_000);
    await remove(id, caller);
  }
  const first = await deleted({ limit: '3' }, caller);
  const rest = await deleted({ limit: '3', cursor: first.next_cursor ?? '' }, caller);
  expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(ids);
  expect(rest.next_cursor).toBeNull();
  const [newest] = first.data as unknown as { deleted_at: string; recoverable_until: string }[];
  expect(first.data[0]).toMatchObject({ name: 'd4', token_id: '4', collection: 'Bin', version: 1 });
  expect(Date.parse(newest?.recoverable_until ?? '') - Date.parse(newest?.deleted_at ?? '')).toBe(
    recoverableMs,
  );
});

test('N3: within 30 days it comes back as it was, with its history', async () => {
  const made = await create({ name: 'Phoenix' }, { collection: 'Fire', token_id: '1' });
  await bed.call('patchDocument', mei(), { params: { id: made.id }, body: { n: 1 } });
  const before = await bed.call('readDocument', mei(), { params: { id: made.id } });
  await remove(made.id);
  bed.clock.advance(recoverableMs - 1);
  await purgeExpired(bed.database, bed.clock.now());
  const back = await restore(made.id);
  expect([back.status, back.text]).toEqual([200, before.text]);
  expect((await bed.call('readVersion', mei(), { params: { id: made.id, version: '1' } })).body.cid).toBe(
    made.cid,
  );
  expect((await restore(made.id)).code).toBe('not_found');
});

test('N3: after 30 days it is gone, whether or not the purge is on time; its history too', async () => {
  const { id } = await create({ name: 'Ash' });
  await bed.call('patchDocument', mei(), { params: { id }, body: { n: 1 } });
  await remove(id);
  bed.clock.advance(recoverableMs);
  expect((await restore(id)).code).toBe('not_found');
  expect((await deleted()).data.map((one) => one.id)).not.toContain(id);
  await purgeExpired(bed.database, bed.clock.now());
  const { rows } = await bed.database.pool.query(
    'SELECT count(*)::int AS n FROM metadata_versions WHERE document_id = $1',
    [id],
  );
  expect(rows[0].n).toBe(0);
});

test('N3: when its place has been taken it comes back elsewhere, and that is a version', async () => {
  const place = { collection: 'Seat', token_id: '1' };
  const { id } = await create({ name: 'first' }, place);
  await remove(id);
  await create({ name: 'second' }, place);
  expect((await restore(id)).code).toBe('conflict');
  const back = await restore(id, { token_id: '2' });
  expect(back.body).toMatchObject({ token_id: '2', version: 2, document: { name: 'first' } });
  const { body } = await bed.call('listVersions', mei(), { params: { id } });
  expect(body.data).toMatchObject([
    { version: 2, change: 'restore', token_id: '2' },
    { version: 1, token_id: '1' },
  ]);
});

test('R3, K5: nobody else sees or restores it', async () => {
  const { id } = await create({ name: 'private' });
  await remove(id);
  for (const stranger of [bed.caller('tom'), bed.caller('mei', 'test')]) {
    expect((await restore(id, {}, stranger)).code).toBe('not_found');
    expect((await deleted({}, stranger)).data).toEqual([]);
  }
  expect((await restore('nothing')).code).toBe('not_found');
});
