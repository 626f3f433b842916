import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetadataBed, type MetadataBed } from '../../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const version = (id: string, number: number, headers = {}) =>
  bed.call('readVersion', mei(), { params: { id, version: String(number) }, headers });

async function changed(count: number): Promise<{ id: string; cids: string[] }> {
  const { body } = await bed.call('createDocument', mei(), { body: { n: 0, keep: ['"\\'] } });
  const cids = [body.cid];
  for (let n = 1; n < count; n++) {
    bed.clock.advance(1_000);
    const patched = await bed.call('patchDocument', mei(), { params: { id: body.id }, body: { n } });
    cids.push(patched.body.cid);
  }
  return { id: body.id, cids };
}

test('N3: every change is a version that is kept as it was, byte for byte', async () => {
  const { id, cids } = await changed(5);
  for (const [index, cid] of cids.entries()) {
    const answer = await version(id, index + 1);
    expect(answer.body).toMatchObject({
      id,
      version: index + 1,
      cid,
      change: index === 0 ? 'create' : 'patch',
      changed_by: 'key-of-mei',
      document: { n: index },
    });
    expect(answer.headers.etag).toBe(`"${cid}"`);
    expect(answer.text).toContain(String.raw`"document":{"keep":["\"\\"],"n":${index}}}`);
    expect((await version(id, index + 1, { 'if-none-match': `"${cid}"` })).status).toBe(304);
  }
  for (const number of [6, 2_147_483_647]) expect((await version(id, number)).code).toBe('not_found');
  expect((await version(id, 0)).code).toBe('invalid_request');
});

test('N3: the history is given newest first, in pages of any size', async () => {
  const { id, cids } = await changed(7);
  for (const limit of ['1', '2', '3', '6', '7', '100']) {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit, ...(cursor !== null && { cursor }) };
      const { body } = await bed.call('listVersions', mei(), { params: { id }, query });
      seen.push(...body.data.map((one) => one.cid));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(cids.toReversed());
  }
});

test('N3: a diff says by pointer what changed between any two versions', async () => {
  const { body } = await bed.call('createDocument', mei(), { body: { a: 1, list: [1, 2, 3], gone: 0 } });
  const params = { id: body.id };
  await bed.call('replaceDocument', mei(), { params, body: { a: 2, list: [1, 9], new: { x: 1 } } });
  await bed.call('replaceDocument', mei(), { params, body: { a: 3 } });
  const diff = async (query: Record<string, string> = {}) =>
    (await bed.call('diffVersions', mei(), { params, query })).body;
  expect((await diff({ from: '1', to: '2' })).patch).toEqual([
    { op: 'remove', path: '/gone' },
    { op: 'replace', path: '/a', value: 2 },
    { op: 'replace', path: '/list/1', value: 9 },
    { op: 'remove', path: '/list/2' },
    { op: 'add', path: '/new', value: { x: 1 } },
  ]);
  expect(await diff()).toMatchObject({ from: { version: 2 }, to: { version: 3 } });
  expect((await diff({ from: '2', to: '2' })).patch).toEqual([]);
  expect((await bed.call('diffVersions', mei(), { params, query: { to: '4' } })).code).toBe('not_found');
});

test('N3: an earlier version is restored as a new one, under If-Match', async () => {
  const { id, cids } = await changed(3);
  const restore = (number: string, headers = {}) =>
    bed.call('restoreVersion', mei(), { params: { id, version: number }, headers });
  expect((await restore('1', { 'if-match': `"${cids[0]}"` })).code).toBe('precondition_failed');
  const restored = await restore('1', { 'if-match': `"${cids[2]}"` });
  expect(restored.body).toMatchObject({ version: 4, cid: cids[0], document: { n: 0 } });
  expect((await restore('4')).body.version).toBe(4);
  expect((await restore('5')).code).toBe('not_found');
  const { body } = await bed.call('listVersions', mei(), { params: { id }, query: { limit: '1' } });
  expect(body.data).toMatchObject([{ version: 4, change: 'restore' }]);
});

test('R3, K5: the history is its owner’s alone, and ends with the document', async () => {
  const { id } = await changed(2);
  const routes = [
    ['listVersions', { id }],
    ['readVersion', { id, version: '1' }],
    ['diffVersions', { id }],
    ['restoreVersion', { id, version: '1' }],
  ] as const;
  for (const stranger of [bed.caller('tom'), bed.caller('mei', 'test')]) {
    for (const [route, params] of routes) {
      expect((await bed.call(route, stranger, { params })).code, route).toBe('not_found');
    }
  }
  await bed.call('deleteDocument', mei(), { params: { id } });
  for (const [route, params] of routes) {
    expect((await bed.call(route, mei(), { params })).code, route).toBe('not_found');
  }
});

test('N3: of changes at the same time each is a version of its own', async () => {
  const { body } = await bed.call('createDocument', mei(), { body: { start: true } });
  const params = { id: body.id };
  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      bed.call('patchDocument', mei(), { params, body: { [`f${n}`]: n } }),
    ),
  );
  const sizes = await Promise.all(
    Array.from(
      { length: 11 },
      async (_, n) => Object.keys((await version(body.id, n + 1)).body.document).length,
    ),
  );
  expect(sizes).toEqual(Array.from({ length: 11 }, (_, n) => n + 1));
});
