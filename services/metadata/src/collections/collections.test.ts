import { setTimeout as delay } from 'node:timers/promises';
import { nobody } from '@keyward/guard';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const make = (body: unknown, caller = mei()) => bed.call('createCollection', caller, { body });
const put = (id: string, body: unknown, headers = {}, caller = mei()) =>
  bed.call('putContract', caller, { params: { id }, body, headers });
const publish = (id: string) => bed.call('publishCollection', mei(), { params: { id } });
const token = (collection: string, token_id: string) =>
  bed.call('readToken', nobody, { params: { collection, token_id } });
const create = async (collection: string, token_id: string, body: unknown = { name: token_id }) =>
  (await bed.call('createDocument', mei(), { body, query: { collection, token_id } })).body;

test('N4: a change of one field takes back nothing of another that is made at the same time', async () => {
  const { id } = (await make({ name: 'Old name' })).body;
  const client = await bed.database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query("UPDATE collections SET name = 'New name' WHERE id = $1", [id]);
    const changing = bed.call('updateCollection', mei(), { params: { id }, body: { placeholder: {} } });
    await Promise.race([changing, delay(300)]);
    await client.query('COMMIT');
    expect((await changing).body).toMatchObject({ name: 'New name' });
  } finally {
    client.release();
  }
});

test('N4: a collection is made as a draft, renamed, and keeps its id', async () => {
  const made = await make({ name: 'Made' });
  expect(made).toMatchObject({
    status: 201,
    body: { name: 'Made', published: false, placeholder_cid: null },
  });
  expect((await make({ name: 'Made' })).code).toBe('conflict');
  expect((await make({ name: 'Made' }, bed.caller('tom'))).status).toBe(201);
  expect((await make({ name: 'Made' }, bed.caller('mei', 'test'))).status).toBe(201);
  const params = { id: 'Made' };
  const renamed = await bed.call('updateCollection', mei(), { params, body: { name: 'Renamed' } });
  expect(renamed.body).toMatchObject({ id: made.body.id, name: 'Renamed' });
  await make({ name: 'Other' });
  const taken = await bed.call('updateCollection', mei(), {
    params: { id: 'Other' },
    body: { name: 'Renamed' },
  });
  expect(taken.code).toBe('conflict');
  expect((await make({ name: 'a\u202eb' })).code).toBe('invalid_request');
});

test('N4: a draft without a placeholder answers 404 to every id alike, and looks for no token', async () => {
  const { body } = await make({ name: 'Silent' });
  await create('Silent', '1');
  const statements: string[] = [];
  const { pool } = bed.database;
  const query = pool.query.bind(pool);
  pool.query = ((...args: unknown[]) => {
    statements.push(String((args[0] as { text?: string }).text ?? args[0]));
    return (query as (...all: unknown[]) => unknown)(...args);
  }) as typeof pool.query;
  try {
    for (const id of ['1', '2', 'contract', 'contract.json']) {
      expect((await token(body.id, id)).code).toBe('not_found');
    }
    expect((await token('a'.repeat(16), '1')).code).toBe('not_found');
  } finally {
    pool.query = query;
  }
  expect(statements).toHaveLength(5);
  expect(new Set(statements).size).toBe(1);
  expect(statements[0]).not.toContain('"metadata"');
});

test('N4: a draft with a placeholder answers it to every id alike; published, tokens are themselves', async () => {
  const placeholder = { name: 'Soon', image: 'ipfs://bafy/soon.png' };
  const { body } = await make({ name: 'Veiled', placeholder });
  await create('Veiled', '1');
  const before = [await token(body.id, '1'), await token(body.id, '999'), await token(body.id, '0xff.json')];
  for (const answer of before) {
    expect(answer.text).toBe('{"image":"ipfs://bafy/soon.png","name":"Soon"}');
    expect(answer.headers).toEqual(before[0]?.headers);
  }
  expect((await token(body.id, 'x')).code).toBe('not_found');
  expect((await token(body.id, 'contract')).code).toBe('not_found');
  await publish('Veiled');
  expect((await token(body.id, '1')).text).toBe('{"name":"1"}');
  expect((await token(body.id, '999')).code).toBe('not_found');
});

test('N4: a placeholder is changed and taken away at once, and is held to the rules of documents', async () => {
  const { body } = await make({ name: 'Changing', placeholder: { n: 1 } });
  const update = (placeholder: unknown) =>
    bed.call('updateCollection', mei(), { params: { id: 'Changing' }, body: { placeholder } });
  expect((await token(body.id, '5')).text).toBe('{"n":1}');
  await update({ n: 2 });
  expect((await token(body.id, '5')).text).toBe('{"n":2}');
  expect(await update({ image: 'javascript:1' })).toMatchObject({
    errors: [{ pointer: '/placeholder/image' }],
  });
  await bed.call('updateCollection', mei(), { params: { id: 'Changing' }, body: {} });
  expect((await token(body.id, '5')).text).toBe('{"n":2}');
  await update(null);
  expect((await token(body.id, '5')).code).toBe('not_found');
});

test('N2, N4: contract metadata is a document with versions, public under the contract URI once published', async () => {
  const { body: made } = await make({ name: 'Contracted' });
  const first = await put('Contracted', { name: 'C', externalLink: 'https://example.com' });
  expect(first).toMatchObject({
    status: 201,
    body: { standards: ['erc721', 'erc7572'], collection: 'Contracted' },
  });
  expect((await token(made.id, 'contract.json')).code).toBe('not_found');
  await publish('Contracted');
  for (const file of ['contract', 'contract.json']) {
    expect((await token(made.id, file)).text).toBe('{"external_link":"https://example.com","name":"C"}');
  }
  expect((await put('Contracted', { name: 'D' }, { 'if-match': '"other"' })).code).toBe(
    'precondition_failed',
  );
  const second = await put('Contracted', { name: 'D' }, { 'if-match': first.headers.etag ?? '' });
  expect(second).toMatchObject({ status: 200, body: { id: first.body.id, version: 2 } });
  expect((await token(made.id, 'contract')).text).toBe('{"name":"D"}');
  const read = await bed.call('readContract', mei(), { params: { id: 'Contracted' } });
  expect(read.body).toMatchObject({ id: first.body.id, document: { name: 'D' } });
  const { body } = await bed.call('readCollection', mei(), { params: { id: 'Contracted' } });
  expect(body).toMatchObject({ contract_id: first.body.id, contract_uri: `/t/${made.id}/contract.json` });
});

test('N4: of contract metadata put at the same time one is made, and nothing is left of the others', async () => {
  await make({ name: 'Parallel' });
  const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => put('Parallel', { n })));
  const made = answers.filter(({ status }) => status === 201);
  expect(made).toHaveLength(1);
  const { body } = await bed.call('listDocuments', mei(), { query: { collection: 'Parallel' } });
  expect(body.data.map(({ id }) => id)).toEqual([made[0]?.body.id]);
});

test('N4: contract metadata that was deleted or moved away is gone, and can be put anew', async () => {
  const { body: made } = await make({ name: 'Again' });
  await publish('Again');
  const first = await put('Again', { n: 1 });
  await bed.call('deleteDocument', mei(), { params: { id: first.body.id } });
  expect((await token(made.id, 'contract')).code).toBe('not_found');
  expect((await bed.call('readContract', mei(), { params: { id: 'Again' } })).code).toBe('not_found');
  const second = await put('Again', { n: 2 });
  expect(second.status).toBe(201);
  const move = { params: { id: second.body.id }, body: { n: 2 }, query: { collection: 'Elsewhere' } };
  await bed.call('replaceDocument', mei(), move);
  expect((await token(made.id, 'contract')).code).toBe('not_found');
  expect((await put('Again', { image: 'ftp://x' })).errors).toMatchObject([{ pointer: '/image' }]);
  expect((await put('Nowhere', {})).code).toBe('not_found');
});

test('N4: what changed since a moment is given as EIP-4906 announces it', async () => {
  const { body: made } = await make({ name: 'Refresh' });
  const refresh = async (since: string) =>
    (await bed.call('readRefresh', mei(), { params: { id: 'Refresh' }, query: { since } })).body;
  const ids: string[] = [];
  for (const id of ['1', '2', '3', '9', '10', '11']) ids.push((await create('Refresh', id)).id);
  const start = new Date(bed.clock.now()).toISOString();
  bed.clock.advance(1_000);
  for (const at of [0, 1, 4, 5]) {
    await bed.call('patchDocument', mei(), { params: { id: ids[at] ?? '' }, body: { changed: true } });
  }
  await create('Refresh', '4');
  const changed = await refresh(start);
  expect(changed).toMatchObject({ collection_id: made.id, contract_uri_changed: false });
  expect(changed.refresh).toEqual([
    {
      collection_id: made.id,
      from_token_id: '1',
      to_token_id: '2',
      event: 'BatchMetadataUpdate(uint256,uint256)',
    },
    {
      collection_id: made.id,
      from_token_id: '10',
      to_token_id: '11',
      event: 'BatchMetadataUpdate(uint256,uint256)',
    },
  ]);
  const { until } = changed as unknown as { until: string };
  expect((await refresh(until)).refresh).toEqual([]);
  bed.clock.advance(1_000);
  await put('Refresh', { name: 'C' });
  expect(await refresh(until)).toMatchObject({ contract_uri_changed: true });
  await publish('Refresh');
  expect((await refresh(until)).refresh).toMatchObject([
    { from_token_id: '0', to_token_id: String(2n ** 256n - 1n) },
  ]);
});

test('N4: more than a thousand ranges are one that holds them all', async () => {
  await make({ name: 'Gaps' });
  const since = new Date(bed.clock.now()).toISOString();
  bed.clock.advance(1_000);
  for (const start of [0, 1_000]) {
    const tokens = Array.from({ length: 600 }, (_, n) => ({
      collection: 'Gaps',
      token_id: String((start + n) * 2),
    }));
    const withDocument = (n: number) => tokens.map((item) => ({ ...item, document: { n } }));
    await bed.call('createBatch', mei(), { body: { items: withDocument(1) } });
    await bed.call('replaceBatch', mei(), { body: { items: withDocument(2) } });
  }
  const { body } = await bed.call('readRefresh', mei(), { params: { id: 'Gaps' }, query: { since } });
  expect(body.refresh).toMatchObject([{ from_token_id: '0', to_token_id: '3198' }]);
});

test('R3, K5: no route of a collection answers to another owner or environment', async () => {
  const { body } = await make({ name: 'Fenced', placeholder: { secret: true } });
  await put('Fenced', { name: 'C' });
  for (const stranger of [bed.caller('tom'), bed.caller('mei', 'test')]) {
    for (const id of [body.id, 'Fenced']) {
      const params = { id };
      const tries = [
        bed.call('readCollection', stranger, { params }),
        bed.call('updateCollection', stranger, { params, body: { name: 'Mine' } }),
        bed.call('publishCollection', stranger, { params }),
        bed.call('readContract', stranger, { params }),
        put(id, {}, {}, stranger),
        bed.call('readRefresh', stranger, { params, query: { since: '2026-01-01T00:00:00Z' } }),
      ];
      expect((await Promise.all(tries)).map(({ code }) => code)).toEqual(tries.map(() => 'not_found'));
    }
    const listed = await bed.call('listCollections', stranger, { query: { limit: '100' } });
    expect(listed.body.data.map(({ id }) => id)).not.toContain(body.id);
  }
});
