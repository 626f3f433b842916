import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalize } from '../../content-identifiers/canonicalize.ts';
import { createMetadataBed, type MetadataBed } from '../../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const create = async (body: unknown, query: Record<string, string> = {}) =>
  (await bed.call('createDocument', mei(), { body, query })).body;
const freeze = (id: string, caller = mei(), headers = {}) =>
  bed.call('freezeDocument', caller, { params: { id }, headers });

/** What somebody does who has only the proof and the published keys. */
async function verified(proof: string): Promise<Record<string, unknown> | undefined> {
  const [header = '', payload = '', signature = ''] = proof.split('.');
  const { kid, alg, typ } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const { body } = await bed.call('listProofKeys', mei());
  const jwk = body.keys.find((key) => key.kid === kid);
  if (alg !== 'EdDSA' || typ !== 'keyward-freeze+jws' || jwk === undefined) return undefined;
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const holds = verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
  return holds ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : undefined;
}

test('N3: a freeze is proved: anybody can verify what is frozen, where and since when', async () => {
  const created = await create({ name: 'Ice' }, { collection: 'Cold', token_id: '7' });
  const { body } = await freeze(created.id);
  const claim = {
    document_id: created.id,
    collection_id: created.token_uri.split('/')[2],
    token_id: '7',
    version: 1,
    cid: created.cid,
    frozen_at: '2026-01-01T00:00:00.000Z',
  };
  expect(body).toEqual({ ...claim, proof: expect.any(String) });
  expect(await verified(body.proof)).toEqual(claim);
  const [header, , signature] = body.proof.split('.');
  const forged = Buffer.from(canonicalize({ ...claim, cid: 'bafkreiother' })).toString('base64url');
  expect(await verified(`${header}.${forged}.${signature}`)).toBeUndefined();
});

test('N3: what is frozen changes, moves and goes by no route, and says so', async () => {
  const { id } = await create({ name: 'Ice' }, { collection: 'Cold', token_id: '8' });
  await bed.call('patchDocument', mei(), { params: { id }, body: { n: 1 } });
  const { body: frozen } = await freeze(id);
  const params = { id };
  const tries = [
    bed.call('replaceDocument', mei(), { params, body: {} }),
    bed.call('replaceDocument', mei(), { params, body: { name: 'Ice', n: 1 }, query: { token_id: '9' } }),
    bed.call('patchDocument', mei(), { params, body: { n: 2 } }),
    bed.call('deleteDocument', mei(), { params }),
    bed.call('restoreVersion', mei(), { params: { id, version: '1' } }),
    bed.call('replaceBatch', mei(), { body: { items: [{ id, document: {} }] } }),
    bed.call('deleteBatch', mei(), { body: { items: [{ id }] } }),
  ];
  expect((await Promise.all(tries)).map(({ code }) => code)).toEqual(tries.map(() => 'conflict'));
  const read = await bed.call('readDocument', mei(), { params });
  expect(read.body).toMatchObject({ frozen: true, version: 2, cid: (frozen as { cid?: string }).cid });
});

test('N3: the proof stays the same, and can be read again', async () => {
  const { id } = await create({ name: 'Once' });
  const first = await freeze(id);
  bed.clock.advance(5_000);
  expect(await freeze(id)).toEqual(first);
  expect((await bed.call('readFreeze', mei(), { params: { id } })).body).toEqual(first.body);
  const other = await create({ name: 'Never' });
  expect((await bed.call('readFreeze', mei(), { params: { id: other.id } })).code).toBe('not_found');
});

test('N1, R3, K5: only its owner freezes it, and only what he has seen', async () => {
  const { id, cid } = await create({ name: 'Mine' });
  for (const stranger of [bed.caller('tom'), bed.caller('mei', 'test')]) {
    expect((await freeze(id, stranger)).code).toBe('not_found');
    expect((await bed.call('readFreeze', stranger, { params: { id } })).code).toBe('not_found');
  }
  expect((await freeze(id, mei(), { 'if-match': '"other"' })).code).toBe('precondition_failed');
  expect((await freeze(id, mei(), { 'if-match': `"${cid}"` })).status).toBe(200);
});

test('N1: lists can be narrowed to what is frozen; without the parameter both are there', async () => {
  const caller = bed.caller('filter');
  const names = async (query: Record<string, string>) =>
    (await bed.call('listDocuments', caller, { query })).body.data.map(({ document }) => document.name);
  const made = await bed.call('createDocument', caller, { body: { name: 'solid' } });
  bed.clock.advance(1);
  await bed.call('createDocument', caller, { body: { name: 'liquid' } });
  await freeze(made.body.id, caller);
  expect(await names({ frozen: 'true' })).toEqual(['solid']);
  expect(await names({ frozen: 'false' })).toEqual(['liquid']);
  expect(await names({})).toEqual(['liquid', 'solid']);
});
