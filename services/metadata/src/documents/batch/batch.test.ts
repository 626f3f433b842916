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
  { mode, key, caller = mei() }: { mode?: string; key?: string; caller?: ReturnType<typeof mei> } = {},
) =>
  bed.call(route, caller, {
    body: { items },
    query: mode === undefined ? {} : { mode },
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
const read = (id: string) => bed.call('readDocument', mei(), { params: { id } });
const count = async (caller = mei()) => {
  const { rows } = await bed.database.pool.query(
    'SELECT count(*)::int AS n FROM metadata WHERE user_id = $1 AND environment = $2 AND deleted_at IS NULL',
    [caller.userId, caller.environment],
  );
  return rows[0].n as number;
};
describe('POST', () => {
  test('N1: a thousand documents, each with its index, CID and place', async () => {
    const answer = await send('createBatch', tokens('Thousand', 1_000));
    expect([answer.status, answer.body.succeeded, answer.body.failed]).toEqual([201, 1_000, 0]);
    expect(answer.body.data.map(({ index }) => index)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    const last = answer.body.data[999];
    const alone = await read(last?.id ?? '');
    const { index: _, status: __, ...head } = last as typeof last & object;
    expect(alone.body).toEqual(head);
    expect(answer.audited).toHaveLength(1_000);
    expect(answer.body.refresh).toEqual([]);
  });

  test('N1: one more is refused, and so is none', async () => {
    const error = { code: 'invalid_request', errors: [{ pointer: '/items' }] };
    expect(await send('createBatch', tokens('Many', 1_001))).toMatchObject(error);
    expect(await send('createBatch', [])).toMatchObject(error);
  });

  test('N1: one wrong item refuses all; every error names its index; nothing is kept', async () => {
    const before = await count();
    const items: unknown[] = tokens('Nothing', 5);
    items[1] = { document: { image: 'javascript:1', animationUrl: 'ftp://x' } };
    items[3] = { token_id: '1', document: {}, extra: 1 };
    items[4] = { collection: 'Nothing', token_id: '-4', document: {} };
    const refused = await send('createBatch', items);
    expect(refused.code).toBe('invalid_request');
    expect(refused.errors.map(({ pointer }) => pointer)).toEqual([
      '/items/1/document/image',
      '/items/1/document/animation_url',
      '/items/3/extra',
      '/items/4/token_id',
    ]);
    expect(await count()).toBe(before);
    const { body } = await bed.call('listDocuments', mei(), { query: { collection: 'Nothing' } });
    expect(body.data).toEqual([]);
  });

  test('N1: a place that is taken, by another document or another item, refuses all with 409', async () => {
    await send('createBatch', tokens('Taken', 2));
    const before = await count();
    const taken = await send('createBatch', [...tokens('Free', 2), ...tokens('Taken', 1)]);
    expect(taken).toMatchObject({ code: 'conflict', errors: [{ pointer: '/items/2' }] });
    const twice = await send('createBatch', [...tokens('Twice', 1), ...tokens('Twice', 1)]);
    expect(twice).toMatchObject({ code: 'conflict', errors: [{ pointer: '/items/1' }] });
    expect(await count()).toBe(before);
    const { body } = await bed.call('listCollections', mei(), { query: { limit: '100' } });
    expect(body.data.map((one) => (one as unknown as { name: string }).name)).not.toContain('Free');
  });

  test('N1: with mode=each what can be kept is kept, and the answer says what became of each', async () => {
    const items = [
      ...tokens('Each', 2),
      { document: [] },
      ...tokens('Each', 1),
      { token_id: '9', document: {} },
    ];
    const answer = await send('createBatch', items, { mode: 'each' });
    expect([answer.status, answer.body.succeeded, answer.body.failed]).toEqual([207, 2, 3]);
    expect(answer.body.data).toMatchObject([
      { index: 0, status: 201, token_id: '0' },
      { index: 1, status: 201, token_id: '1' },
      { index: 2, status: 422, code: 'invalid_request', errors: [{ pointer: '/items/2/document' }] },
      { index: 3, status: 409, code: 'conflict', errors: [{ pointer: '/items/3' }] },
      { index: 4, status: 422, errors: [{ pointer: '/items/4/token_id', message: 'needs a collection' }] },
    ]);
    expect(answer.audited).toEqual(answer.body.data.slice(0, 2).map(({ id }) => id));
  });

  test('N1: warnings and standards are those of single documents', async () => {
    const document = { name: 'x', image: 'http://example.com/1.png', externalUrl: 'https://example.com' };
    const single = await bed.call('createDocument', mei(), { body: document });
    const { body } = await send('createBatch', [{ document }]);
    const { id: _, ...alone } = single.body;
    const { id: __, index, status, ...batched } = body.data[0] as NonNullable<(typeof body.data)[0]>;
    expect(batched).toEqual(alone);
    expect([index, status]).toEqual([0, 201]);
  });

  test('N1: an Idempotency-Key makes one batch of many attempts, also parallel, and refuses other content', async () => {
    const before = await count();
    const items = tokens('Once', 20);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => send('createBatch', items, { key: 'batch' })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await count()).toBe(before + 20);
    for (const other of [items.slice(1), [...items, { document: {} }]]) {
      expect((await send('createBatch', other, { key: 'batch' })).code).toBe('idempotency_conflict');
    }
    expect((await send('createBatch', items, { key: 'batch', mode: 'each' })).code).toBe(
      'idempotency_conflict',
    );
    expect((await send('replaceBatch', items, { key: 'batch' })).code).toBe('idempotency_conflict');
    expect((await send('createBatch', items, { key: 'batch', caller: bed.caller('tom') })).status).toBe(201);
  });

  test('N1: per-item results come back under the same key as they were', async () => {
    const items = [{ document: { n: 1 } }, { document: 1 }];
    const first = await send('createBatch', items, { mode: 'each', key: 'each' });
    expect(await send('createBatch', items, { mode: 'each', key: 'each' })).toEqual(first);
  });

  test('N1: batches on the same places at the same time: one wins whole, none deadlocks', async () => {
    const items = tokens('Race', 50);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => send('createBatch', n % 2 === 0 ? items : items.toReversed())),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'conflict')).toHaveLength(5);
  });
});
