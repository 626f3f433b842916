import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentCid } from '../content-identifiers/document-cid.ts';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';

// What went wrong in services of this kind before.

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const create = (body: unknown, query: Record<string, string> = {}) =>
  bed.call('createDocument', mei(), { body, query });

test('V3: a link with a javascript: scheme was stored and opened by whoever looked at it', async () => {
  for (const field of ['animation_url', 'external_url', 'image', 'youtube_url', 'animationUrl']) {
    for (const link of [
      'javascript:alert(1)',
      'java\nscript:alert(1)',
      ' JaVaScRiPt:x',
      'vbscript:x',
      'data:text/html,x',
    ]) {
      const { code, errors } = await create({ name: 'x', [field]: link });
      expect([code, errors.length], `${field} ${link}`).toEqual(['invalid_request', 1]);
    }
  }
});

test('N1: pages were cached without their sort, filter and owner, and crossed', async () => {
  await create({ name: 'crossed' });
  const { body } = await bed.call('listDocuments', mei(), { query: { search: 'crossed' } });
  expect(body.data).toHaveLength(1);
  expect((await bed.call('listDocuments', mei(), { query: { search: 'other' } })).body.data).toEqual([]);
  const tom = bed.caller('tom');
  expect((await bed.call('listDocuments', tom, { query: { search: 'crossed' } })).body.data).toEqual([]);
});

test('N4: after a change the document kept the CID of what it had been', async () => {
  const { body } = await create({ name: 'old' });
  const { body: changed } = await bed.call('patchDocument', mei(), {
    params: { id: body.id },
    body: { name: 'new' },
  });
  expect(changed.cid).toBe(documentCid(Buffer.from('{"name":"new"}')));
});

test('N4: one document in two spellings had two CIDs, one of which marketplaces could not read', async () => {
  const snake = {
    animation_url: 'ipfs://a',
    attributes: [{ trait_type: 't', display_type: 'number', value: 1 }],
  };
  const camel = {
    attributes: [{ value: 1, displayType: 'number', traitType: 't' }],
    animationUrl: 'ipfs://a',
  };
  const [first, second] = [await create(snake), await create(camel)];
  expect(second.body.cid).toBe(first.body.cid);
  expect(second.body.document).toEqual(snake);
});

test('N2: values that are false, zero or empty were dropped', async () => {
  const document = {
    name: '',
    description: null,
    attributes: [{ trait_type: '', value: 0, max_value: 0 }, { value: false }, { value: '' }],
    properties: {},
    flag: false,
    list: [],
  };
  expect((await create(document)).body.document).toEqual(document);
});

test('N1: a change of the name wiped attributes and creators, which defaulted to empty lists', async () => {
  const document = {
    name: 'before',
    attributes: [{ trait_type: 't', value: 1 }],
    properties: { creators: [{ address: 'a', share: 100 }] },
  };
  const { body } = await create(document);
  const patched = await bed.call('patchDocument', mei(), {
    params: { id: body.id },
    body: { name: 'after' },
  });
  expect(patched.body.document).toEqual({ ...document, name: 'after' });
});

test('N3: an earlier version could be asked for and was never kept', async () => {
  const { body } = await create({ name: 'v1' });
  await bed.call('replaceDocument', mei(), { params: { id: body.id }, body: { name: 'v2' } });
  const first = await bed.call('readVersion', mei(), { params: { id: body.id, version: '1' } });
  expect(first.body.document).toEqual({ name: 'v1' });
});

test('N2: creators whose shares summed to less than 100 were accepted', async () => {
  const { errors } = await create({ properties: { creators: [{ address: 'a', share: 99 }] } });
  expect(errors).toMatchObject([{ pointer: '/properties/creators' }]);
});

test('N1: a batch answered 200 whatever had failed, and did not say which item', async () => {
  const items = [{ document: {} }, { document: { image: 'ftp://x' } }];
  const each = await bed.call('createBatch', mei(), { body: { items }, query: { mode: 'each' } });
  expect([each.status, each.body.data[1]?.index]).toEqual([207, 1]);
  expect((await bed.call('createBatch', mei(), { body: { items } })).code).toBe('invalid_request');
});

test('N4: a token URI needed a key', async () => {
  const { body } = await create({ name: 'open' }, { collection: 'Open', token_id: '1' });
  await bed.call('publishCollection', mei(), { params: { id: 'Open' } });
  const [, , collection = '', token_id = ''] = body.token_uri.split('/');
  const answer = await bed.call('readToken', { kind: 'nobody' }, { params: { collection, token_id } });
  expect(answer.text).toBe('{"name":"open"}');
});
