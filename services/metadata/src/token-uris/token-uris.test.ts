import { nobody } from '@keyward/guard';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalize } from '../content-identifiers/canonicalize.ts';
import { documentCid } from '../content-identifiers/document-cid.ts';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const read = (uri: string, headers: Record<string, string> = {}) => {
  const [, , collection = '', token_id = ''] = uri.split('/');
  return bed.call('readToken', nobody, { params: { collection, token_id }, headers });
};
async function published(name: string, body: unknown, token_id = '10') {
  const created = await bed.call('createDocument', mei(), { body, query: { collection: name, token_id } });
  await bed.call('publishCollection', mei(), { params: { id: name } });
  return created.body;
}

test('N4: a draft tells nothing of its tokens; published, each answers', async () => {
  const query = { collection: 'Draft', token_id: '1' };
  const { body } = await bed.call('createDocument', mei(), { body: { name: 'x' }, query });
  expect((await read(body.token_uri)).code).toBe('not_found');
  const shown = await bed.call('publishCollection', mei(), { params: { id: 'Draft' } });
  expect(shown).toMatchObject({ status: 200, body: { name: 'Draft', published: true } });
  expect(await read(body.token_uri)).toMatchObject({ status: 200 });
  bed.clock.advance(1_000);
  expect((await bed.call('publishCollection', mei(), { params: { id: shown.body.id } })).body).toEqual(
    shown.body,
  );
  for (const uri of ['/t/Draft/1', `${body.token_uri}0`, '/t/aaaaaaaaaaaaaaaa/1', '/t/x/-1']) {
    expect((await read(uri)).code).toBe('not_found');
  }
});

test('N4, H1: the bytes are the canonical JSON that the CID names', async () => {
  const created = await published('Bytes', { b: [1e21, 0.1], a: 'é€😀<', name: 'Cat' });
  const answer = await read(created.token_uri);
  expect(answer.text).toBe(canonicalize(created.document));
  expect(documentCid(Buffer.from(answer.text ?? ''))).toBe(created.cid);
  expect(answer.headers).toEqual({
    'content-type': 'application/json',
    'cache-control': 'public, max-age=60',
    etag: `"${created.cid}"`,
  });
  const cached = await read(created.token_uri, { 'if-none-match': `"${created.cid}"` });
  expect(cached).toMatchObject({ status: 304, text: undefined });
});

test('N4: decimal, hex and 64-digit ids name the same token, with or without .json', async () => {
  const { token_uri: uri } = await published('Forms', { name: 'x' }, '31');
  const base = uri.slice(0, uri.lastIndexOf('/'));
  for (const id of ['31', '0x1f', '0x1F', '0x001f', '1f'.padStart(64, '0'), '31.json', '0x1f.json', '031']) {
    expect((await read(`${base}/${id}`)).status, id).toBe(200);
  }
  for (const id of ['1f', '31'.padStart(64, '0'), '31.JSON', '31.json.json', '0x', '', '3 1', '１']) {
    expect((await read(`${base}/${id}`)).status, id).toBeUndefined();
  }
});

test('N4: a change is seen at once, also of what was just read; what is deleted or moved away is gone', async () => {
  const created = await published('Fresh', { n: 1 });
  const uri = created.token_uri;
  const params = { id: created.id };
  expect((await read(uri)).text).toBe('{"n":1}');
  await bed.call('replaceDocument', mei(), { params, body: { n: 2 } });
  expect((await read(uri)).text).toBe('{"n":2}');
  const moved = await bed.call('replaceDocument', mei(), {
    params,
    body: { n: 2 },
    query: { token_id: '11' },
  });
  expect((await read(uri)).code).toBe('not_found');
  expect((await read(moved.body.token_uri)).text).toBe('{"n":2}');
  await bed.call('deleteDocument', mei(), { params });
  expect((await read(moved.body.token_uri)).code).toBe('not_found');
});

test('N4: what another node has changed is seen within five seconds', async () => {
  const created = await published('Nodes', { n: 1 });
  await read(created.token_uri);
  await bed.database.pool.query(`UPDATE metadata SET document = '{"n":3}' WHERE id = $1`, [created.id]);
  expect((await read(created.token_uri)).text).toBe('{"n":1}');
  bed.clock.advance(5_000);
  expect((await read(created.token_uri)).text).toBe('{"n":3}');
});
