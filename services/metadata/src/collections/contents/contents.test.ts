import { createHash } from 'node:crypto';
import { CarReader } from '@ipld/car';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalize } from '../../content-identifiers/canonicalize.ts';
import { profiles } from '../../content-identifiers/unixfs/profile.ts';
import { createMetadataBed, type MetadataBed } from '../../testing/metadata-bed.ts';
import { referenceImport } from '../../testing/reference-import.ts';
import { contractFileName, fileNaming, tokenFileName } from './file-names.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');

async function makeCollection(name: string, count: number): Promise<Map<string, string>> {
  const documents = new Map<string, string>();
  for (let start = 0; start < count; start += 1_000) {
    const items = Array.from({ length: Math.min(1_000, count - start) }, (_, n) => {
      const token_id = String((start + n) * 7);
      // Every third is like others: a CAR holds their block once.
      const document = {
        name: n % 3 === 0 ? 'alike' : `ü #${token_id}`,
        attributes: { Id: n % 3 ? token_id : 0 },
      };
      documents.set(token_id, canonicalize(document));
      return { collection: name, token_id, document };
    });
    expect((await bed.call('createBatch', mei(), { body: { items } })).status).toBe(201);
  }
  return documents;
}

const directory = (id: string, query: Record<string, string> = {}, caller = mei()) =>
  bed.call('readDirectory', caller, { params: { id }, query });

async function car(id: string, query: Record<string, string>) {
  const answer = await bed.call('readCar', mei(), { params: { id }, query });
  const reader = await CarReader.fromBytes(answer.bytes ?? new Uint8Array());
  const blocks = [];
  for await (const block of reader.blocks()) blocks.push(block);
  return { headers: answer.headers, roots: (await reader.getRoots()).map(String), blocks };
}

describe.each(profiles)('N4: a collection under %s', (profile) => {
  test('has the directory CID that the reference importer gives, and comes whole as a CAR', async () => {
    const name = `Whole ${profile}`;
    const documents = await makeCollection(name, 2_600);
    const contract = { name: 'Contract', collaborators: [] };
    await bed.call('putContract', mei(), { params: { id: name }, body: contract });
    const files = [...documents].map(([id, text]) => ({
      name: tokenFileName(id, 'hex.json'),
      content: Buffer.from(text),
    }));
    files.push({ name: 'contract.json', content: Buffer.from(canonicalize(contract)) });
    const reference = await referenceImport(files, profile);

    const query = { profile, names: 'hex.json' };
    const { body } = await directory(name, query);
    expect(body).toEqual({
      cid: reference.cid,
      profile,
      names: 'hex.json',
      files: 2_601,
      total_bytes: reference.totalBytes,
      sharded: true,
      base_uri: `ipfs://${reference.cid}/`,
    });
    const read = await car(name, query);
    expect(read.roots).toEqual([reference.cid]);
    expect(read.headers.etag).toBe(`"${reference.cid}.car"`);
    expect(read.blocks[0]?.cid.toString()).toBe(reference.cid);
    expect(read.blocks).toHaveLength(reference.blocks.size);
    for (const { cid, bytes } of read.blocks) {
      expect(reference.blocks.has(cid.toString())).toBe(true);
      expect(createHash('sha256').update(bytes).digest()).toEqual(Buffer.from(cid.multihash.digest));
    }
  });

  test.each(fileNaming)('with its files named %s', async (naming) => {
    const name = `Names ${profile} ${naming}`;
    const documents = await makeCollection(name, 5);
    const files = [...documents].map(([id, text]) => ({
      name: tokenFileName(id, naming),
      content: Buffer.from(text),
    }));
    const { body } = await directory(name, { profile, names: naming });
    expect(body).toMatchObject({ cid: (await referenceImport(files, profile)).cid });
  });
});

test('N4: file names are those that readers put together', () => {
  const id = String(2n ** 256n - 1n);
  expect(fileNaming.map((naming) => tokenFileName('255', naming))).toEqual([
    '255',
    '255.json',
    `${'0'.repeat(62)}ff`,
    `${'0'.repeat(62)}ff.json`,
  ]);
  expect(tokenFileName(id, 'hex')).toBe('f'.repeat(64));
  expect(fileNaming.map(contractFileName)).toEqual([
    'contract',
    'contract.json',
    'contract',
    'contract.json',
  ]);
});

test('N4: what changes while a CAR is read is in it as the directory has it', async () => {
  const documents = await makeCollection('Moving', 600);
  const answer = await bed.call('readCar', mei(), { params: { id: 'Moving' }, unread: true });
  const items = [...documents.keys()].map((token_id) => ({
    collection: 'Moving',
    token_id,
    document: { n: 1 },
  }));
  expect((await bed.call('replaceBatch', mei(), { body: { items } })).status).toBe(200);
  await bed.call('deleteDocument', mei(), { params: { id: await idOf('Moving', '0') } });
  const reader = await CarReader.fromBytes(await answer.read());
  const texts = new Set<string>();
  for await (const { bytes } of reader.blocks()) texts.add(Buffer.from(bytes).toString());
  for (const text of documents.values()) expect(texts.has(text)).toBe(true);
});

async function idOf(collection: string, token_id: string): Promise<string> {
  const { body } = await bed.call('listDocuments', mei(), { query: { collection, token_id } });
  return body.data[0]?.id ?? '';
}

test('N4: deleted tokens and documents without a token are no files; an empty collection is an empty directory', async () => {
  await makeCollection('Some', 3);
  const before = (await directory('Some')).body;
  await bed.call('createDocument', mei(), { body: { name: 'loose' }, query: { collection: 'Some' } });
  expect((await directory('Some')).body).toEqual(before);
  await bed.call('deleteDocument', mei(), { params: { id: await idOf('Some', '7') } });
  expect((await directory('Some')).body).toMatchObject({ files: 2 });
  await bed.call('createCollection', mei(), { body: { name: 'Empty' } });
  expect((await directory('Empty')).body).toMatchObject({
    files: 0,
    cid: (await referenceImport([], 'unixfs-v1-2025')).cid,
  });
});

test('R3, K5: nobody else gets a directory or a CAR', async () => {
  await makeCollection('Own', 2);
  for (const stranger of [bed.caller('tom'), bed.caller('mei', 'test')]) {
    expect((await directory('Own', {}, stranger)).code).toBe('not_found');
    expect((await bed.call('readCar', stranger, { params: { id: 'Own' } })).code).toBe('not_found');
  }
});
