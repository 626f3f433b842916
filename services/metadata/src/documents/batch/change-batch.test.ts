import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchTokens as tokens } from '../../testing/batch-tokens.ts';
import { createMetadataBed, type MetadataBed } from '../../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
type Route = 'createBatch' | 'replaceBatch' | 'deleteBatch';
const send = (
  route: Route,
  items: readonly unknown[],
  { mode, caller = mei() }: { mode?: string; caller?: ReturnType<typeof mei> } = {},
) =>
  bed.call(route, caller, {
    body: { items },
    query: mode === undefined ? {} : { mode },
  });
const read = (id: string) => bed.call('readDocument', mei(), { params: { id } });

describe('PUT', () => {
  test('N1, N3: replaces by id or by place, each with its version; what stays the same makes none', async () => {
    const { body: created } = await send('createBatch', tokens('Put', 4));
    const [a, b, c, d] = created.data.map(({ id }) => id) as [string, string, string, string];
    bed.clock.advance(1_000);
    const put = await send('replaceBatch', [
      { id: a, document: { name: 'A' } },
      { collection: 'Put', token_id: '0x1', document: { name: 'B' } },
      { id: c, if_match: created.data[2]?.cid, document: created.data[2]?.document },
      { id: d, if_match: `"${created.data[3]?.cid}"`, document: { name: 'D' } },
    ]);
    expect(put.status).toBe(200);
    expect(put.body.data).toMatchObject([
      { id: a, version: 2, document: { name: 'A' } },
      { id: b, version: 2, token_id: '1' },
      { id: c, version: 1 },
      { id: d, version: 2 },
    ]);
    expect((await read(a)).body.updated_at).not.toBe((await read(c)).body.updated_at);
    const versions = await bed.call('listVersions', mei(), { params: { id: b } });
    expect(versions.body.data).toMatchObject([
      { version: 2, change: 'replace' },
      { version: 1, change: 'create' },
    ]);
    expect(put.body.refresh).toMatchObject([
      { from_token_id: '0', to_token_id: '1', event: 'BatchMetadataUpdate(uint256,uint256)' },
      { from_token_id: '3', to_token_id: '3', event: 'MetadataUpdate(uint256)' },
    ]);
  });

  test('N1: a stale if_match, a frozen, an unknown or a twice-named document refuses all', async () => {
    const { body } = await send('createBatch', tokens('Refuse', 3));
    const [a, b, c] = body.data.map(({ id }) => id) as [string, string, string];
    await bed.call('freezeDocument', mei(), { params: { id: b } });
    const cases: [unknown[], string, string][] = [
      [[{ id: a, if_match: 'bafkreiother', document: {} }], 'precondition_failed', '/items/0'],
      [
        [
          { id: a, document: {} },
          { id: b, document: {} },
        ],
        'conflict',
        '/items/1',
      ],
      [
        [
          { id: c, document: {} },
          { id: 'nothing', document: {} },
        ],
        'not_found',
        '/items/1',
      ],
      [
        [
          { id: a, document: {} },
          { collection: 'Refuse', token_id: '0', document: {} },
        ],
        'conflict',
        '/items/1',
      ],
      [[{ collection: 'Refuse', token_id: '99', document: {} }], 'not_found', '/items/0'],
      [[{ document: {} }], 'invalid_request', '/items/0'],
    ];
    for (const [items, code, pointer] of cases) {
      expect(await send('replaceBatch', items)).toMatchObject({ code, errors: [{ pointer }] });
    }
    expect((await read(a)).body.version).toBe(1);
    const each = await send(
      'replaceBatch',
      [
        { id: b, document: {} },
        { id: c, document: { n: 1 } },
      ],
      {
        mode: 'each',
      },
    );
    expect(each.body.data).toMatchObject([
      { status: 409, code: 'conflict' },
      { status: 200, version: 2 },
    ]);
  });

  test('N1: documents change places in a circle; one that would come onto a third is refused', async () => {
    const { body } = await send('createBatch', tokens('Circle', 4));
    const ids = body.data.map(({ id }) => id) as [string, string, string, string];
    const move = (id: string, token_id: string) => ({ id, token_id, document: { id } });
    const circle = [move(ids[0], '1'), move(ids[1], '2'), move(ids[2], '0')];
    const moved = await send('replaceBatch', circle);
    expect(moved.body.data.map((one) => (one as unknown as { token_id: string }).token_id)).toEqual([
      '1',
      '2',
      '0',
    ]);
    const onto = await send('replaceBatch', [move(ids[0], '2'), move(ids[1], '3')]);
    expect(onto).toMatchObject({
      code: 'conflict',
      errors: [{ pointer: '/items/0' }, { pointer: '/items/1' }],
    });
    const beside = await send('replaceBatch', [move(ids[0], '8'), move(ids[1], '3')], { mode: 'each' });
    expect(beside.body.data).toMatchObject([{ status: 200 }, { status: 409 }]);
    const same = await send('replaceBatch', [move(ids[0], '7'), move(ids[1], '7')], { mode: 'each' });
    expect(same.body.data).toMatchObject([{ status: 200 }, { status: 409 }]);
  });
});

describe('DELETE', () => {
  test('N1, N3: deletes by id or by place, all or nothing; each can be recovered', async () => {
    const { body } = await send('createBatch', tokens('Delete', 3));
    const [a, , c] = body.data.map(({ id }) => id) as [string, string, string];
    const refused = await send('deleteBatch', [{ id: a }, { id: c, if_match: 'other' }]);
    expect(refused).toMatchObject({ code: 'precondition_failed', errors: [{ pointer: '/items/1' }] });
    expect((await read(a)).status).toBe(200);
    const deleted = await send('deleteBatch', [{ id: a }, { collection: 'Delete', token_id: '1' }]);
    expect([deleted.status, deleted.body.succeeded]).toEqual([200, 2]);
    expect((await read(a)).code).toBe('not_found');
    expect((await read(c)).status).toBe(200);
    expect((await bed.call('restoreDocument', mei(), { params: { id: a } })).status).toBe(200);
    expect((await send('deleteBatch', [{ id: a, document: {} }])).code).toBe('invalid_request');
  });

  test('N4: token URIs of changed and deleted documents are not kept in memory', async () => {
    const { body } = await send('createBatch', tokens('Memory', 2));
    await bed.call('publishCollection', mei(), { params: { id: 'Memory' } });
    const token = (uri = '') => {
      const [, , collection = '', token_id = ''] = uri.split('/');
      return bed.call('readToken', mei(), { params: { collection, token_id } });
    };
    const [first, second] = body.data;
    await Promise.all([token(first?.token_uri), token(second?.token_uri)]);
    await send('replaceBatch', [{ id: first?.id, document: { n: 2 } }]);
    await send('deleteBatch', [{ id: second?.id }]);
    expect((await token(first?.token_uri)).text).toBe('{"n":2}');
    expect((await token(second?.token_uri)).code).toBe('not_found');
  });
});

test('R3, K5: what belongs to another owner or environment answers as what does not exist', async () => {
  const { body } = await send('createBatch', tokens('Theirs', 2));
  const [first] = body.data;
  const [, , collectionId = ''] = first?.token_uri.split('/') ?? [];
  for (const stranger of [bed.caller('tom'), bed.caller('mei', 'test')]) {
    for (const mode of ['all', 'each']) {
      const named = [
        { id: first?.id },
        { collection: collectionId, token_id: '0' },
        { id: 'nothing-at-all' },
      ];
      for (const route of ['replaceBatch', 'deleteBatch'] as const) {
        const items = named.map((item) => (route === 'replaceBatch' ? { ...item, document: {} } : item));
        const answer = await send(route, items, { mode, caller: stranger });
        if (mode === 'all') expect(answer.code).toBe('not_found');
        const errors = mode === 'all' ? answer.errors : answer.body.data.flatMap((one) => one.errors);
        expect(new Set(errors.map(({ message }) => message)).size).toBe(1);
        expect(JSON.stringify(errors)).not.toContain(first?.cid);
      }
    }
    const own = await send('createBatch', [{ collection: collectionId, token_id: '0', document: {} }], {
      caller: stranger,
    });
    expect(own.body.data[0]?.token_uri).not.toBe(first?.token_uri);
  }
  expect((await read(first?.id ?? '')).body).toMatchObject({ version: 1 });
});
