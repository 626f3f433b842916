import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
  const names = ['delta', 'Alpha', 'charlie', 'bravo', 'Échelon', 'bravo', '😀'];
  for (const [index, name] of names.entries()) {
    // Two of each moment, so that the id has to decide.
    if (index % 2 === 0) bed.clock.advance(1_000);
    const query = index < 3 ? { collection: 'Letters', token_id: String(index) } : {};
    const body = index === 0 ? { name, properties: {} } : { name, description: `number ${index}` };
    await bed.call('createDocument', bed.caller('mei'), { body, query });
  }
  await bed.call('createDocument', bed.caller('tom'), { body: { name: 'not yours' } });
});
afterAll(() => bed[Symbol.asyncDispose]());

const list = (query: Record<string, string> = {}) => bed.call('listDocuments', bed.caller('mei'), { query });

async function walk(query: Record<string, string>): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await list({ ...query, ...(cursor !== null && { cursor }) });
    names.push(...body.data.map(({ document }) => String(document.name)));
    cursor = body.next_cursor;
  } while (cursor !== null);
  return names;
}

test('N1: pages of any size give every document once, in one order, in both directions', async () => {
  for (const sort of ['created_at', 'updated_at', 'name']) {
    const whole = await walk({ sort, order: 'asc', limit: '100' });
    expect(whole).toHaveLength(7);
    for (const limit of ['1', '2', '3', '7']) {
      expect(await walk({ sort, order: 'asc', limit })).toEqual(whole);
      expect(await walk({ sort, order: 'desc', limit })).toEqual(whole.toReversed());
    }
  }
});

test('N1: newest first unless asked otherwise', async () => {
  const { body } = await list({ limit: '1' });
  expect(body.data[0]?.document.name).toBe('😀');
  expect(body.next_cursor).toMatch(/^[\w-]+$/);
});

test('N1: by name', async () => {
  expect(await walk({ sort: 'name', order: 'asc' })).toEqual([
    'Alpha',
    'bravo',
    'bravo',
    'charlie',
    'delta',
    'Échelon',
    '😀',
  ]);
});

test('N1: filters by collection, token id, standard and text', async () => {
  expect((await walk({ collection: 'Letters' })).toSorted()).toEqual(['Alpha', 'charlie', 'delta']);
  expect(await walk({ collection: 'Nothing' })).toEqual([]);
  expect(await walk({ token_id: '0x1' })).toEqual(['Alpha']);
  expect(await walk({ standard: 'erc1155' })).toEqual(['delta']);
  expect(await walk({ search: 'BRAV' })).toEqual(['bravo', 'bravo']);
  expect(await walk({ search: 'Number 1' })).toEqual(['Alpha']);
  expect(await walk({ search: '%' })).toEqual([]);
});

test('N1: a cursor holds for the order it was given in; a forged one is refused', async () => {
  const { body } = await list({ limit: '1', sort: 'name' });
  const cursor = body.next_cursor ?? '';
  expect(await list({ cursor, sort: 'created_at' })).toMatchObject({
    code: 'invalid_request',
    errors: [{ pointer: 'query/cursor' }],
  });
  expect((await list({ cursor, sort: 'name', order: 'asc' })).code).toBe('invalid_request');
  const forged = [
    ['created_at', 'desc', '0000-01-01T00:00:00Z', 'x'],
    ['created_at', 'desc', "' OR 1=1", 'x'],
    [],
    {},
  ];
  for (const content of [...forged, ['name', 'desc', 'a\0', 'x']]) {
    const text = Buffer.from(JSON.stringify(content)).toString('base64url');
    expect((await list({ cursor: text, sort: 'name' })).code).toBe('invalid_request');
  }
});

test('N1: a page ends early rather than weigh more than 8 MiB', async () => {
  const caller = bed.caller('heavy');
  for (let n = 0; n < 10; n++) {
    bed.clock.advance(1);
    await bed.call('createDocument', caller, { body: { n, filler: 'x'.repeat(1_000_000) } });
  }
  const first = await bed.call('listDocuments', caller, { query: { limit: '100' } });
  expect(first.body.data).toHaveLength(8);
  const rest = await bed.call('listDocuments', caller, {
    query: { limit: '100', cursor: first.body.next_cursor ?? '' },
  });
  expect(rest.body.data.map(({ document }) => document.n)).toEqual([1, 0]);
  expect(rest.body.next_cursor).toBeNull();
});
