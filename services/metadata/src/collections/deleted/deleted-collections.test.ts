import { nobody } from '@keyward/guard';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recoverableMs } from '../../documents/deleted/recoverable.ts';
import { purgeExpired, purgeExpiredJob } from '../../documents/purge-expired.ts';
import { batchTokens } from '../../testing/batch-tokens.ts';
import { createMetadataBed, type MetadataBed } from '../../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const create = async (collection: string, token_id: string, body: unknown = { name: token_id }) =>
  (await bed.call('createDocument', mei(), { body, query: { collection, token_id } })).body;
const remove = (id: string, caller = mei()) => bed.call('deleteCollection', caller, { params: { id } });
const restore = (id: string, caller = mei()) => bed.call('restoreCollection', caller, { params: { id } });
const read = (id: string) => bed.call('readDocument', mei(), { params: { id } });
const token = (uri: string) => {
  const [, , collection = '', token_id = ''] = uri.split('/');
  return bed.call('readToken', nobody, { params: { collection, token_id } });
};
const idOf = (uri: string) => uri.split('/')[2] ?? '';
const count = async (sql: string, ...values: string[]) =>
  (await bed.database.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`, values)).rows[0]?.n;

test('N3, N4: a collection goes with everything in it; its token URIs are gone at once, also those just read', async () => {
  const made = await create('Gone', '1');
  await bed.call('putContract', mei(), { params: { id: 'Gone' }, body: { name: 'C' } });
  await bed.call('publishCollection', mei(), { params: { id: 'Gone' } });
  const contract = `/t/${idOf(made.token_uri)}/contract.json`;
  expect([(await token(made.token_uri)).status, (await token(contract)).status]).toEqual([200, 200]);
  const deleted = await remove('Gone');
  expect(deleted).toMatchObject({
    status: 200,
    body: {
      ...{ id: idOf(made.token_uri), name: 'Gone', documents: 2 },
      ...{ deleted_at: '2026-01-01T00:00:00.000Z', recoverable_until: '2026-01-31T00:00:00.000Z' },
    },
    audited: [idOf(made.token_uri)],
  });
  expect([(await token(made.token_uri)).code, (await token(contract)).code]).toEqual([
    'not_found',
    'not_found',
  ]);
  expect((await read(made.id)).code).toBe('not_found');
  for (const id of ['Gone', deleted.body.id]) {
    const params = { id };
    const tries = [
      remove(id),
      bed.call('readCollection', mei(), { params }),
      bed.call('updateCollection', mei(), { params, body: { name: 'Back' } }),
      bed.call('publishCollection', mei(), { params }),
      bed.call('freezeCollection', mei(), { params }),
      bed.call('readDirectory', mei(), { params }),
      bed.call('readContract', mei(), { params }),
      bed.call('putContract', mei(), { params, body: {} }),
    ];
    expect((await Promise.all(tries)).map(({ code }) => code)).toEqual(tries.map(() => 'not_found'));
  }
});

test('N4: the placeholder of a deleted draft is gone too, and comes back', async () => {
  const { body } = await bed.call('createCollection', mei(), {
    body: { name: 'Veil', placeholder: { n: 1 } },
  });
  const uri = `/t/${body.id}/5`;
  expect((await token(uri)).text).toBe('{"n":1}');
  await remove('Veil');
  expect((await token(uri)).code).toBe('not_found');
  await restore(body.id);
  expect((await token(uri)).text).toBe('{"n":1}');
});

test('N3: it comes back as it was, with exactly the documents that went with it', async () => {
  const [kept, earlier] = [await create('Back', '1'), await create('Back', '2')];
  await bed.call('patchDocument', mei(), { params: { id: kept.id }, body: { n: 1 } });
  await bed.call('putContract', mei(), { params: { id: 'Back' }, body: { name: 'C' } });
  await bed.call('publishCollection', mei(), { params: { id: 'Back' } });
  const before = [
    await read(kept.id),
    await bed.call('readCollection', mei(), { params: { id: 'Back' } }),
    await bed.call('readContract', mei(), { params: { id: 'Back' } }),
    await token(kept.token_uri),
  ].map(({ status, text, body }) => ({ status, text, body }));
  // At the same moment, and yet by itself.
  await bed.call('deleteDocument', mei(), { params: { id: earlier.id } });
  const { body } = await remove('Back');
  expect(body.documents).toBe(2);
  bed.clock.advance(recoverableMs - 1);
  await purgeExpired(bed.database, bed.clock.now());
  expect(await restore(body.id)).toMatchObject({ status: 200, body: { documents: 2, deleted_at: null } });
  const after = [
    await read(kept.id),
    await bed.call('readCollection', mei(), { params: { id: 'Back' } }),
    await bed.call('readContract', mei(), { params: { id: 'Back' } }),
    await token(kept.token_uri),
  ].map(({ status, text, body }) => ({ status, text, body }));
  expect(after).toEqual(before);
  expect((await read(earlier.id)).code).toBe('not_found');
  expect((await bed.call('listVersions', mei(), { params: { id: kept.id } })).body.data).toHaveLength(2);
  expect((await restore(body.id)).code).toBe('not_found');
});

test('N3: its name is free at once; restored under a name that was taken, the answer says what to do', async () => {
  const first = await create('Name', '1');
  await remove('Name');
  const second = await create('Name', '1', { name: 'second' });
  expect(idOf(second.token_uri)).not.toBe(idOf(first.token_uri));
  const refused = await restore(idOf(first.token_uri));
  expect(refused.code).toBe('conflict');
  expect(refused.detail).toContain('rename that one, then restore this one');
  expect((await read(first.id)).code).toBe('not_found');
  await bed.call('updateCollection', mei(), { params: { id: 'Name' }, body: { name: 'Later' } });
  expect((await restore(idOf(first.token_uri))).status).toBe(200);
  const documents = [(await read(first.id)).body, (await read(second.id)).body];
  expect(documents.map(({ collection }) => collection)).toEqual(['Name', 'Later']);
});

test('N3: what is frozen is not deleted, alone or with its collection', async () => {
  const made = await create('Icy', '1');
  await create('Icy', '2');
  await bed.call('freezeDocument', mei(), { params: { id: made.id } });
  const refused = await remove('Icy');
  expect([refused.code, refused.detail]).toEqual([
    'conflict',
    '1 of its documents is frozen: what is frozen is never deleted.',
  ]);
  expect((await bed.call('listDocuments', mei(), { query: { collection: 'Icy' } })).body.data).toHaveLength(
    2,
  );
});

test('N3: a document that is frozen while its collection is being deleted stays, and so does all else', async () => {
  const [made] = [await create('Cooling', '1'), await create('Cooling', '2')];
  const freezing = await bed.database.pool.connect();
  try {
    await freezing.query('BEGIN');
    await freezing.query('UPDATE metadata SET frozen = true WHERE id = $1', [made.id]);
    const deleting = remove('Cooling');
    const waits = `pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await expect.poll(() => count(waits)).toBe(1);
    await freezing.query('COMMIT');
    expect((await deleting).code).toBe('conflict');
  } finally {
    freezing.release();
  }
  const { body } = await bed.call('listDocuments', mei(), { query: { collection: 'Cooling' } });
  expect(body.data).toHaveLength(2);
});

test('N3: both are listed as deleted; one document can be brought back elsewhere, and then stays there', async () => {
  const caller = bed.caller('lister');
  const call = (route: Parameters<MetadataBed['call']>[0], more: object) => bed.call(route, caller, more);
  const list = async (deleted: string) =>
    (await call('listCollections', { query: { deleted } })).body.data.map(({ name }) => name);
  for (const { collection, token_id, document } of batchTokens('Bin', 3))
    await call('createDocument', { body: document, query: { collection, token_id } });
  await call('createCollection', { body: { name: 'Kept' } });
  const { body } = await remove('Bin', caller);
  expect([await list('true'), await list('false')]).toEqual([['Bin'], ['Kept']]);
  const { data } = (await call('listDeleted', {})).body;
  expect(data).toHaveLength(3);
  expect(data[0]).toMatchObject({ collection: 'Bin', with_collection: true });
  const params = { id: data[0]?.id ?? '' };
  const refused = await call('restoreDocument', { params });
  expect([refused.code, refused.detail]).toEqual(['conflict', expect.stringContaining('restore that one')]);
  expect((await call('restoreDocument', { params, query: { collection: 'Kept' } })).body.collection).toBe(
    'Kept',
  );
  expect((await restore(body.id, caller)).body.documents).toBe(2);
  expect((await call('readDocument', { params })).body.collection).toBe('Kept');
});

test('N3, O4: after 30 days it is gone, whether or not the purge is on time; by the queue for good, with its documents', async () => {
  const made = await create('Ash', '1');
  await bed.call('patchDocument', mei(), { params: { id: made.id }, body: { n: 1 } });
  const { id } = (await remove('Ash')).body;
  bed.clock.advance(recoverableMs);
  expect((await restore(id)).code).toBe('not_found');
  expect((await bed.call('listCollections', mei(), { query: { deleted: 'true' } })).body.data).toEqual([]);
  const job = purgeExpiredJob(bed.database);
  expect(job.schedule).toBe('@every 3600s');
  const log = { info() {}, warn() {}, error() {} };
  await job.run(undefined, { clock: bed.clock, log, signal: new AbortController().signal });
  expect(await count('collections WHERE id = $1', id)).toBe(0);
  expect(await count('metadata WHERE collection_id = $1', id)).toBe(0);
  expect(await count('metadata_versions WHERE document_id = $1', made.id)).toBe(0);
});

test('N3: whoever adds at the moment of the deletion adds before it or to a new one; nobody waits in a circle', async () => {
  for (let round = 0; round < 5; round += 1) {
    const name = `Race ${round}`;
    const moving = await create(name, '0');
    const items = batchTokens(name, 20).slice(10);
    const [deleted, ...others] = await Promise.all([
      remove(name),
      ...[1, 2, 3].map((n) =>
        bed.call('createDocument', mei(), { body: {}, query: { collection: name, token_id: `${n}` } }),
      ),
      bed.call('createBatch', mei(), { body: { items } }),
      bed.call('replaceDocument', mei(), {
        params: { id: moving.id },
        body: { n: 1 },
        query: { collection: name },
      }),
      bed.call('replaceBatch', mei(), {
        body: { items: [{ id: moving.id, collection: name, document: {} }] },
      }),
    ]);
    expect(deleted?.status).toBe(200);
    for (const { status, code } of others) expect([200, 201, 'not_found']).toContain(status ?? code);
    const living = await count(
      'metadata WHERE collection_id = $1 AND deleted_at IS NULL',
      idOf(moving.token_uri),
    );
    expect(living).toBe(0);
  }
});

test('R3, K5: nobody else deletes or restores it', async () => {
  const { token_uri } = await create('Fence', '1');
  const strangers = [bed.caller('tom'), bed.caller('mei', 'test')];
  for (const stranger of strangers)
    for (const id of ['Fence', idOf(token_uri)]) expect((await remove(id, stranger)).code).toBe('not_found');
  await remove('Fence');
  for (const stranger of strangers) {
    expect((await restore(idOf(token_uri), stranger)).code).toBe('not_found');
    const listed = await bed.call('listCollections', stranger, { query: { deleted: 'true' } });
    expect(listed.body.data.map(({ id }) => id)).not.toContain(idOf(token_uri));
  }
});
