import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';
import { purgeExpired } from './purge-expired.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const post = (key: string, body: unknown, query: Record<string, string> = {}, caller = mei()) =>
  bed.call('createDocument', caller, { body, query, headers: { 'idempotency-key': key } });
const count = async () =>
  (await bed.call('listDocuments', mei(), { query: { limit: '100' } })).body.data.length;

test('N1: the same content under the same key gets the original answer, also after a change', async () => {
  const place = { collection: 'Once', token_id: '1' };
  const first = await post('a', { name: 'Cat', image: 'http://example.com' }, place);
  await bed.call('replaceDocument', mei(), { params: { id: first.body.id }, body: { name: 'Dog' } });
  bed.clock.advance(1_000);
  const again = await post('a', { image: 'http://example.com', name: 'Cat' }, place);
  expect(again).toEqual(first);
  expect(first.status).toBe(201);
});

test('N1: other content under the key is refused, whoever else has the same key is not', async () => {
  await post('b', { n: 1 });
  expect((await post('b', { n: 2 })).code).toBe('idempotency_conflict');
  expect((await post('b', { n: 1 }, { collection: 'Elsewhere' })).code).toBe('idempotency_conflict');
  expect((await post('b', { n: 2 }, {}, bed.caller('tom'))).status).toBe(201);
  expect((await post('b', { n: 2 }, {}, bed.caller('mei', 'test'))).status).toBe(201);
});

test('N1: parallel duplicates make one document', async () => {
  const before = await count();
  const answers = await Promise.all(Array.from({ length: 12 }, () => post('c', { parallel: true })));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(await count()).toBe(before + 1);
});

test('N1: a refusal is not kept: what was wrong can be mended under the same key', async () => {
  await post('d', {}, { collection: 'Full', token_id: '1' });
  expect((await post('e', { n: 1 }, { collection: 'Full', token_id: '1' })).code).toBe('conflict');
  expect((await post('e', { n: 1 }, { collection: 'Full', token_id: '2' })).status).toBe(201);
  expect((await post('f', { image: 'javascript:1' })).code).toBe('invalid_request');
  expect((await post('f', { image: 'ipfs://1' })).status).toBe(201);
});

test('N1: a key stands for 24 hours', async () => {
  const first = await post('g', { n: 1 });
  bed.clock.advance(24 * 3600 * 1000 - 1);
  expect((await post('g', { n: 1 })).body.id).toBe(first.body.id);
  bed.clock.advance(1);
  expect((await post('g', { n: 2 })).status).toBe(201);
});

test('N3: what was deleted 30 days ago and keys older than a day are removed, nothing else', async () => {
  const old = await post('h', { name: 'old' });
  await bed.call('deleteDocument', mei(), { params: { id: old.body.id } });
  const stays = await count();
  const rows = async (table: string) => {
    const { rows: found } = await bed.database.pool.query(`SELECT count(*)::int AS n FROM ${table}`);
    return found[0].n as number;
  };
  const before = await rows('metadata');
  bed.clock.advance(30 * 24 * 3600 * 1000 - 1);
  await purgeExpired(bed.database, bed.clock.now());
  expect(await rows('metadata')).toBe(before);
  expect(await rows('metadata_idempotency')).toBe(0);
  bed.clock.advance(1);
  await purgeExpired(bed.database, bed.clock.now());
  expect(await rows('metadata')).toBe(before - 1);
  expect(await count()).toBe(stays);
});
