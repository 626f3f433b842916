import { readStoredJson } from '@keyward/guard';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalize } from '../content-identifiers/canonicalize.ts';
import { documentCid } from '../content-identifiers/document-cid.ts';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';
import { refusedDocuments, worldDocuments } from '../testing/world-documents.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');

/** Every value of a document by its place, texts as code points, numbers as doubles. */
function valuesOf(value: unknown, place = ''): [string, unknown][] {
  if (typeof value === 'string') return [[place, [...value].map((character) => character.codePointAt(0))]];
  if (typeof value !== 'object' || value === null) return [[place, value]];
  const members = Object.entries(value);
  return [
    [place, Array.isArray(value) ? 'list' : 'object'],
    ...members.flatMap(([key, member]) => valuesOf(member, `${place}/${key}`)),
  ];
}

const byPlace = (values: [string, unknown][]) => values.sort(([a], [b]) => (a < b ? -1 : 1));

test.each(worldDocuments)('N2: $title', async ({ text, standards, warnings = [] }) => {
  const sent = readStoredJson(text);
  const created = await bed.call('createDocument', mei(), { body: sent });
  expect(created.status, JSON.stringify(created.errors)).toBe(201);
  const read = await bed.call('readDocument', mei(), { params: { id: created.body.id } });
  expect(byPlace(valuesOf(read.body.document))).toEqual(byPlace(valuesOf(sent)));
  expect(documentCid(Buffer.from(canonicalize(read.body.document)))).toBe(read.body.cid);
  const said = created.body as unknown as { standards: string[]; warnings?: { pointer: string }[] };
  expect(said.standards).toEqual(standards);
  expect((said.warnings ?? []).map(({ pointer }) => pointer)).toEqual(warnings);
  const dry = await bed.call('validateDocument', mei(), { body: sent });
  expect(dry.body).toMatchObject({ valid: true, standards, errors: [], cid: read.body.cid });
});

test.each(refusedDocuments)('N2: refused: %s', async (_, text, pointers) => {
  const body = readStoredJson(text);
  const refused = await bed.call('createDocument', mei(), { body });
  expect([refused.code, refused.errors.map(({ pointer }) => pointer)]).toEqual(['invalid_request', pointers]);
  const dry = await bed.call('validateDocument', mei(), { body });
  expect(dry.body).toMatchObject({ valid: false, cid: null });
  expect(dry.body.errors.map(({ pointer }) => pointer)).toEqual(pointers);
});

test('N2: a batch of all of them is kept, and each is what it is alone', async () => {
  const items = worldDocuments.map(({ text }) => ({ document: readStoredJson(text) }));
  const { body } = await bed.call('createBatch', mei(), { body: { items } });
  expect(body.succeeded).toBe(items.length);
  for (const [index, { document, cid }] of body.data.entries()) {
    const alone = await bed.call('validateDocument', mei(), { body: items[index]?.document });
    expect([cid, document]).toEqual([alone.body.cid, alone.body.document]);
  }
});
