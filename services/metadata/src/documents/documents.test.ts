import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const tom = () => bed.caller('tom');
const document = { name: 'Cat', image: 'ipfs://bafy/1.png', attributes: [{ trait_type: 'Eyes', value: 2 }] };
const create = (body: unknown, query: Record<string, string> = {}, caller = mei()) =>
  bed.call('createDocument', caller, { body, query });

describe('POST', () => {
  test('N1: 201 with the place, the CID as ETag and where to find it', async () => {
    const answer = await create({ z: 1, ...document }, { collection: 'Cats', token_id: '0x0A' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      collection: 'Cats',
      token_id: '10',
      token_uri: expect.stringMatching(/^\/t\/[a-z2-7]{16}\/10$/),
      version: 1,
      cid: expect.stringMatching(/^bafkrei[a-z2-7]{52}$/),
      frozen: false,
      standards: ['erc721', 'opensea'],
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
      document: { z: 1, ...document },
    });
    expect(answer.headers).toMatchObject({
      location: `/api/metadata/${answer.body.id}`,
      etag: `"${answer.body.cid}"`,
    });
    expect(answer.audited).toEqual([answer.body.id]);
  });

  test('N2: a document with errors is refused by pointer, one with warnings is kept and says so', async () => {
    const refused = await create({ name: 'x', animation_url: 'javascript:alert(1)' });
    expect(refused).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/animation_url' }] });
    expect(await create([])).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '' }] });
    const warned = await create({ name: 'x', image: 'http://example.com/1.png' });
    expect(warned).toMatchObject({ status: 201, body: { warnings: [{ pointer: '/image' }] } });
  });

  test('V2: prototype keys are kept as members and change nothing', async () => {
    const body = JSON.parse('{"name":"p","__proto__":{"admin":true},"constructor":1}') as unknown;
    const { body: created } = await create(body);
    const read = await bed.call('readDocument', mei(), { params: { id: created.id } });
    expect(JSON.stringify(read.body.document)).toBe(
      '{"__proto__":{"admin":true},"constructor":1,"name":"p"}',
    );
    expect(read.body.document.admin).toBeUndefined();
  });

  test('V3: text that looks like SQL or HTML is stored and found unchanged', async () => {
    const name = `'; DROP TABLE metadata; --<script>alert("x")</script>`;
    const { body: created } = await create({ name, description: '50% of a_b\\c' });
    for (const search of ['DROP TABLE', '0% OF A_', 'b\\C']) {
      const { body } = await bed.call('listDocuments', mei(), { query: { search } });
      expect(body.data).toMatchObject([{ id: created.id, document: { name } }]);
    }
    expect((await bed.call('listDocuments', mei(), { query: { search: '0_ of' } })).body.data).toEqual([]);
  });

  test('N1: a place is taken once per owner and environment, also in parallel; 409 to the others', async () => {
    const place = { collection: 'Taken', token_id: '1' };
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => create({ n }, place)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'conflict')).toHaveLength(7);
    expect((await create({}, place, tom())).status).toBe(201);
    expect((await create({}, place, bed.caller('mei', 'test'))).status).toBe(201);
  });

  test('a token id needs a collection, and must be one', async () => {
    expect(await create({}, { token_id: '1' })).toMatchObject({ errors: [{ pointer: 'query/token_id' }] });
    const bad = await create({}, { collection: 'c', token_id: '-1' });
    expect(bad).toMatchObject({ code: 'invalid_request', errors: [{ pointer: 'query/token_id' }] });
    expect((await create({}, { collection: 'Cats', unknown: '1' })).code).toBe('invalid_request');
  });

  test('what is refused leaves no collection behind', async () => {
    await create({}, { collection: 'First', token_id: '1' });
    const { body } = await bed.call('listCollections', mei());
    await create({ image: 'javascript:1' }, { collection: 'Never' });
    expect((await bed.call('listCollections', mei())).body.data).toHaveLength(body.data.length);
  });
});

describe('reading', () => {
  test('N1: GET answers 200 with the ETag, 304 to who has it', async () => {
    const { body: created, headers } = await create(document);
    const params = { id: created.id };
    const read = await bed.call('readDocument', mei(), { params });
    expect(read).toMatchObject({ status: 200, body: created });
    expect(read.headers).toEqual({
      etag: headers.etag,
      'cache-control': 'private, no-cache',
      'content-type': 'application/json',
    });
    const again = { 'if-none-match': `"other", W/${headers.etag}` };
    const cached = await bed.call('readDocument', mei(), { params, headers: again });
    expect(cached).toMatchObject({ status: 304, body: undefined });
    const changed = await bed.call('readDocument', mei(), {
      params,
      headers: { 'if-none-match': '"other"' },
    });
    expect(changed.status).toBe(200);
  });

  test('R3, K5: another owner, or the other environment, sees nothing of it by any route', async () => {
    const { body: created } = await create({ name: 'secret-word' }, { collection: 'Mine', token_id: '1' });
    const collectionId = (await bed.call('listCollections', mei())).body.data[0]?.id ?? '';
    for (const stranger of [tom(), bed.caller('mei', 'test')]) {
      const params = { id: created.id };
      for (const route of ['readDocument', 'replaceDocument', 'patchDocument', 'deleteDocument'] as const) {
        expect(await bed.call(route, stranger, { params, body: {} })).toMatchObject({ code: 'not_found' });
      }
      for (const query of [{ search: 'secret-word' }, { collection: collectionId }]) {
        expect((await bed.call('listDocuments', stranger, { query })).body.data).toEqual([]);
      }
      for (const route of ['readCollection', 'publishCollection'] as const) {
        const answer = await bed.call(route, stranger, { params: { id: collectionId } });
        expect(answer.code).toBe('not_found');
      }
      // A collection of one's own that is named like another's id is another collection.
      const { body } = await create({}, { collection: collectionId, token_id: '1' }, stranger);
      expect(body.token_uri).not.toBe(created.token_uri);
    }
    expect((await bed.call('readDocument', mei(), { params: { id: created.id } })).body).toEqual(created);
  });

  test('V1: ids and parameters outside their form are refused', async () => {
    expect((await bed.call('readDocument', mei(), { params: { id: 'a\0' } })).code).toBe('invalid_request');
    for (const query of [{ limit: '0' }, { limit: '101' }, { limit: 'x' }, { sort: 'id' }, { cursor: 'x' }]) {
      expect((await bed.call('listDocuments', mei(), { query })).code).toBe('invalid_request');
    }
    const headers = { 'x-api-version': 'v2' };
    expect((await bed.call('listDocuments', mei(), { headers })).code).toBe('invalid_request');
    expect((await bed.call('listDocuments', mei(), { headers: { 'accept-version': 'v1.0.0' } })).status).toBe(
      200,
    );
  });
});

test('N2: keys with escapes are kept in every answer and through a patch', async () => {
  const keys = { '"': 1, '\\': 2, '\n': 3, q: 4 };
  const { body: created } = await create(keys);
  const params = { id: created.id };
  const patched = await bed.call('patchDocument', mei(), { params, body: { '\n': null, '\t': 5 } });
  expect(patched.text).toContain(String.raw`"document":{"\t":5,"\"":1,"\\":2,"q":4}}`);
  expect((await bed.call('readDocument', mei(), { params })).text).toBe(patched.text);
});

describe('changing', () => {
  const change = (
    route: 'replaceDocument' | 'patchDocument' | 'deleteDocument',
    id: string,
    body?: unknown,
    headers = {},
  ) => bed.call(route, mei(), { params: { id }, body, headers });

  test('N1: PUT replaces the whole document and makes a version; the same again makes none', async () => {
    const { body: created } = await create({ ...document, extra: { keep: [1] } });
    bed.clock.advance(1_000);
    const put = await change('replaceDocument', created.id, { name: 'Dog' });
    expect(put).toMatchObject({ status: 200, body: { version: 2, document: { name: 'Dog' } } });
    expect(put.body.document).toEqual({ name: 'Dog' });
    expect(put.body.cid).not.toBe(created.cid);
    expect(put.headers.etag).toBe(`"${put.body.cid}"`);
    expect(Date.parse(put.body.updated_at) - Date.parse(put.body.created_at)).toBe(1_000);
    expect((await change('replaceDocument', created.id, { name: 'Dog' })).body.version).toBe(2);
  });

  test('N1: PATCH leaves alone what it does not name, takes away what it names null', async () => {
    const { body: created } = await create({ name: 'Cat', animation_url: 'ipfs://a', extra: { a: 1, b: 2 } });
    const patch = { animationUrl: 'ipfs://b', extra: { a: null, c: 0 }, name: null };
    const patched = await change('patchDocument', created.id, patch);
    expect(patched.body.document).toEqual({ animation_url: 'ipfs://b', extra: { b: 2, c: 0 } });
    expect((await change('patchDocument', created.id, { animationUrl: null })).body.document).toEqual({
      extra: { b: 2, c: 0 },
    });
    const errors = [{ pointer: '/animationUrl' }];
    const both = { animationUrl: 'ipfs://c', animation_url: 'ipfs://d' };
    expect(await change('patchDocument', created.id, both)).toMatchObject({
      code: 'invalid_request',
      errors,
    });
    expect((await change('patchDocument', created.id, [])).code).toBe('invalid_request');
    expect((await change('patchDocument', created.id, { image: 'ftp://x' })).code).toBe('invalid_request');
  });

  test('N1: If-Match lets only a change of the version it names pass', async () => {
    const { body: created, headers } = await create(document);
    const stale = { 'if-match': headers.etag ?? '' };
    expect((await change('replaceDocument', created.id, { name: 'A' }, stale)).status).toBe(200);
    for (const route of ['replaceDocument', 'patchDocument', 'deleteDocument'] as const) {
      expect((await change(route, created.id, { name: 'B' }, stale)).code).toBe('precondition_failed');
    }
    const weak = { 'if-match': `W/"${(await change('patchDocument', created.id, {})).body.cid}"` };
    expect((await change('deleteDocument', created.id, undefined, weak)).code).toBe('precondition_failed');
    expect((await change('deleteDocument', created.id, undefined, { 'if-match': '*' })).status).toBe(204);
  });

  test('N1: of changes at the same time none is lost', async () => {
    const { body: created } = await create({ name: 'Cat' });
    const patches = Array.from({ length: 12 }, (_, n) =>
      change('patchDocument', created.id, { [`f${n}`]: n }),
    );
    const versions = (await Promise.all(patches)).map(({ body }) => body.version as number);
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, n) => n + 2));
    const { body } = await bed.call('readDocument', mei(), { params: { id: created.id } });
    expect(Object.keys(body.document)).toHaveLength(13);
  });

  test('N1: of changes that name the same version one passes', async () => {
    const { body: created, headers } = await create({ name: 'Cat' });
    const ifMatch = { 'if-match': headers.etag ?? '' };
    const puts = Array.from({ length: 8 }, (_, n) => change('replaceDocument', created.id, { n }, ifMatch));
    const answers = await Promise.all(puts);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'precondition_failed')).toHaveLength(7);
  });

  test('N1: PUT moves a document, but not onto another', async () => {
    const { body: one } = await create({ n: 1 }, { collection: 'Move', token_id: '1' });
    await create({ n: 2 }, { collection: 'Move', token_id: '2' });
    const move = (query: Record<string, string>) =>
      bed.call('replaceDocument', mei(), { params: { id: one.id }, query, body: { n: 1 } });
    expect((await move({ token_id: '2' })).code).toBe('conflict');
    expect((await move({ token_id: '3' })).body).toMatchObject({ token_id: '3', version: 2, cid: one.cid });
    expect((await move({ collection: 'Other' })).body).toMatchObject({ collection: 'Other', token_id: '3' });
    expect((await create({}, { collection: 'Move', token_id: '1' })).status).toBe(201);
  });

  test('N3: a deleted document is gone for every route and frees its place; its row stays', async () => {
    const place = { collection: 'Gone', token_id: '1' };
    const { body: created } = await create({ name: 'gone-word' }, place);
    const deleted = await change('deleteDocument', created.id);
    expect(deleted).toMatchObject({ status: 204, body: undefined, audited: [created.id] });
    for (const route of ['readDocument', 'deleteDocument'] as const) {
      expect((await bed.call(route, mei(), { params: { id: created.id } })).code).toBe('not_found');
    }
    expect((await bed.call('listDocuments', mei(), { query: { search: 'gone-word' } })).body.data).toEqual(
      [],
    );
    expect((await create({}, place)).status).toBe(201);
    const kept = await bed.database.pool.query('SELECT deleted_at FROM metadata WHERE id = $1', [created.id]);
    expect(kept.rows).toEqual([{ deleted_at: expect.any(Date) }]);
  });

  test('N3: a frozen document does not change', async () => {
    const { body: created } = await create({ name: 'Ice' });
    await bed.database.pool.query('UPDATE metadata SET frozen = true WHERE id = $1', [created.id]);
    for (const route of ['replaceDocument', 'patchDocument', 'deleteDocument'] as const) {
      expect((await change(route, created.id, { name: 'Water' })).code).toBe('conflict');
    }
  });
});

test('N2: the validator says what would become of a document and keeps nothing', async () => {
  const validate = (body: unknown) => bed.call('validateDocument', bed.caller('val'), { body });
  const good = await validate({
    name: 'Cat',
    image: 'http://example.com/c.png',
    externalUrl: 'https://example.com',
  });
  expect(good).toMatchObject({
    status: 200,
    body: {
      valid: true,
      standards: ['erc721', 'opensea'],
      errors: [],
      warnings: [{ pointer: '/image' }],
      document: { external_url: 'https://example.com' },
    },
  });
  const kept = await create({
    name: 'Cat',
    image: 'http://example.com/c.png',
    external_url: 'https://example.com',
  });
  expect(good.body.cid).toBe(kept.body.cid);
  const bad = await validate({ image: 'https://me:pw@example.com' });
  expect(bad.body).toMatchObject({
    valid: false,
    errors: [{ pointer: '/image' }],
    cid: null,
    document: null,
  });
  expect((await bed.call('listDocuments', bed.caller('val'))).body.data).toEqual([]);
});
