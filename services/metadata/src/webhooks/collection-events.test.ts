import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetadataBed, type MetadataBed } from '../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

test('N7: a collection that is frozen, deleted or restored is told of, and so is each of its documents', async () => {
  const mei = bed.caller('mei');
  const { pool } = bed.database;
  const events = ['collection.frozen', 'collection.deleted', 'collection.restored'];
  const ofDocuments = ['metadata.frozen', 'metadata.deleted', 'metadata.restored'];
  await pool.query(
    `INSERT INTO webhook_endpoints (id, user_id, environment, url, description, events, created_at, updated_at)
     VALUES ('e', 'mei', 'live', 'https://example.com/', '', $1, now(), now())`,
    [[...events, ...ofDocuments]],
  );
  const items = ['1', '2'].map((token_id) => ({ collection: 'Told', token_id, document: {} }));
  await bed.call('createBatch', mei, { body: { items } });
  const { body } = await bed.call('deleteCollection', mei, { params: { id: 'Told' } });
  await bed.call('restoreCollection', mei, { params: { id: body.id } });
  await bed.call('freezeCollection', mei, { params: { id: 'Told' } });
  await bed.call('freezeCollection', mei, { params: { id: 'Told' } });
  const { rows } = await pool.query<{ type: string; body: string }>(
    'SELECT type, body FROM webhook_deliveries ORDER BY place',
  );
  const [deleted, restored, frozen] = ['deleted', 'restored', 'frozen'].map((what) => [
    ...[`metadata.${what}`, `metadata.${what}`, `collection.${what}`].toSorted(),
  ]);
  expect(
    [rows.slice(0, 3), rows.slice(3, 6), rows.slice(6)].map((some) =>
      some.map(({ type }) => type).toSorted(),
    ),
  ).toEqual([deleted, restored, frozen]);
  const told = rows.filter(({ type }) => type === 'collection.deleted').map((row) => JSON.parse(row.body));
  expect(told).toEqual([
    {
      type: 'collection.deleted',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: { id: body.id, name: 'Told' },
    },
  ]);
});
