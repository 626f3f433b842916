import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const create = async (body: unknown, query: Record<string, string> = {}, caller = mei()) =>
  (await bed.call('createDocument', caller, { body, query })).body;
async function names(query: Record<string, string>, caller = mei()) {
  const { body } = await bed.call('listDocuments', caller, {
    query: { sort: 'name', order: 'asc', ...query },
  });
  return body.data.map(({ document }) => document.name);
}

test('N1: by attribute, and by attribute with its value, from lists and maps alike', async () => {
  const long = 'x'.repeat(300);
  await create({
    name: 'list',
    attributes: [
      { trait_type: 'Eyes', value: 'Green' },
      { traitType: 'Level', value: 5, maxValue: 0 },
    ],
  });
  await create({ name: 'map', attributes: { Eyes: 'Blue', Rare: true, Long: long, Level: 5.5 } });
  await create({
    name: 'odd',
    attributes: [[1], 'Eyes', null, { trait_type: 1, value: 2 }, { value: 'Eyes' }],
  });
  expect(await names({ trait: 'Eyes' })).toEqual(['list', 'map']);
  expect(await names({ trait: 'Eyes', trait_value: 'Green' })).toEqual(['list']);
  expect(await names({ trait: 'Level', trait_value: '5' })).toEqual(['list']);
  expect(await names({ trait: 'Rare', trait_value: 'true' })).toEqual(['map']);
  expect(await names({ trait: 'eyes' })).toEqual([]);
  expect(await names({ trait: 'Long', trait_value: long.slice(0, 200) })).toEqual([]);
  const alone = await bed.call('listDocuments', mei(), { query: { trait_value: 'Green' } });
  expect(alone.errors).toMatchObject([{ pointer: 'query/trait_value' }]);
});

test('N1: a change of the attributes changes what it is found by', async () => {
  const { id } = await create({ name: 'moody', attributes: { Mood: 'glad' } });
  await bed.call('patchDocument', mei(), { params: { id }, body: { attributes: { Mood: 'sad' } } });
  expect(await names({ trait: 'Mood', trait_value: 'glad' })).toEqual([]);
  expect(await names({ trait: 'Mood', trait_value: 'sad' })).toEqual(['moody']);
  await bed.call('replaceBatch', mei(), { body: { items: [{ id, document: { name: 'moody' } }] } });
  expect(await names({ trait: 'Mood' })).toEqual([]);
});

test('N1: by the beginning of the name; what looks like a pattern is text', async () => {
  for (const name of ['100% wool', '100_ wool', '100 wool', 'Wool']) await create({ name });
  expect(await names({ name: '100' })).toEqual(['100 wool', '100% wool', '100_ wool']);
  expect(await names({ name: '100%' })).toEqual(['100% wool']);
  expect(await names({ name: '100_' })).toEqual(['100_ wool']);
  expect(await names({ name: 'wool' })).toEqual([]);
});

test('N1: text is found in any case and script; one or two characters find what begins with them', async () => {
  await create({ name: 'ÉCLAIR au Café', description: 'Грибной СУП' });
  await create({ name: '日本の猫' });
  expect(await names({ search: 'éclair AU' })).toEqual(['ÉCLAIR au Café']);
  expect(await names({ search: 'суп' })).toEqual(['ÉCLAIR au Café']);
  expect(await names({ search: '日本' })).toEqual(['日本の猫']);
  expect(await names({ search: 'éc' })).toEqual(['ÉCLAIR au Café']);
  expect(await names({ search: 'lair' })).toEqual(['ÉCLAIR au Café']);
  expect(await names({ search: 'la' })).toEqual([]);
});

test('N1: all filters hold at once, and together with paging', async () => {
  for (let n = 0; n < 5; n++) {
    const place = { collection: 'Mix', token_id: String(n) };
    await create({ name: `mix ${n}`, attributes: { Parity: n % 2 === 0 ? 'even' : 'odd' } }, place);
  }
  await create({ name: 'mix outside', attributes: { Parity: 'even' } });
  const query = { collection: 'Mix', search: 'mix', trait: 'Parity', trait_value: 'even', limit: '2' };
  const first = await bed.call('listDocuments', mei(), { query });
  const rest = await bed.call('listDocuments', mei(), {
    query: { ...query, cursor: first.body.next_cursor ?? '' },
  });
  expect([first.body.data.length, rest.body.data.length, rest.body.next_cursor]).toEqual([2, 1, null]);
});

test('R3, K5: no filter, name or id shows what another owner or environment has', async () => {
  const secret = { name: 'hidden', description: 'hidden', attributes: { Hidden: 'yes' } };
  const made = await create(secret, { collection: 'HiddenSet', token_id: '1' });
  const collectionId = made.token_uri.split('/')[2] ?? '';
  const queries = [
    { search: 'hidden' },
    { name: 'hid' },
    { trait: 'Hidden' },
    { collection: 'HiddenSet' },
    { collection: collectionId },
    { token_id: '1' },
    {},
  ];
  for (const stranger of [bed.caller('tom'), bed.caller('mei', 'test')]) {
    for (const query of queries) expect(await names(query, stranger)).toEqual([]);
  }
  expect(await names({ collection: collectionId })).toEqual(['hidden']);
});

test('N1: what a page costs does not grow with what others keep: every filter and order has its index', async () => {
  const { pool } = bed.database;
  await pool.query(`
    INSERT INTO metadata (id, user_id, environment, version, cid, standards, name, search_text, traits, document,
      document_bytes, created_at, updated_at)
    SELECT 'bulk' || n, 'owner' || n % 500, 'live', 1, 'cid', '{}', 'bulk ' || n, 'bulk ' || md5(n::text),
      ARRAY['t' || n % 300], '{}', 2, now() - n * interval '1 second', now() FROM generate_series(1, 30000) AS n`);
  await pool.query('ANALYZE metadata');
  const owned = `user_id = 'owner7' AND environment = 'live' AND deleted_at IS NULL`;
  const conditions = [
    'true ORDER BY created_at DESC, id DESC',
    'true ORDER BY updated_at DESC, id DESC',
    'true ORDER BY name, id',
    `search_text LIKE '%a1b2c3%' ORDER BY created_at DESC, id DESC`,
    `left(search_text, 8) LIKE 'ab%' ORDER BY created_at DESC, id DESC`,
    `name LIKE 'bulk 77%' ORDER BY created_at DESC, id DESC`,
    `traits @> ARRAY['t7'] ORDER BY created_at DESC, id DESC`,
  ];
  for (const condition of conditions) {
    const { rows } = await pool.query(
      `EXPLAIN SELECT id FROM metadata WHERE ${owned} AND ${condition} LIMIT 21`,
    );
    expect(JSON.stringify(rows), condition).not.toContain('Seq Scan');
  }
});
