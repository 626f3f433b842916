import { type ArchivedRows, cursorSchema, type RequestContext } from '@keyward/guard';
import { createTestDatabase, type TestDatabase } from '@keyward/guard/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditContract } from './contract.ts';
import { auditHandlers } from './handlers.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query("SELECT keyward_ensure_audit_partition('2026-07-01Z')");
  await database.pool.query(
    `INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, request_id, action)
     SELECT 'row-' || i, '2026-07-01Z'::timestamptz + i * interval '1 s', 'GET', '/', 200, 1, 'req-' || i, 'x.read'
     FROM generate_series(1, 3) AS i`,
  );
});
afterAll(() => database[Symbol.asyncDispose]());

const archived: ArchivedRows = {
  endsAt: async () => new Date('2026-05-01T00:00:00Z'),
  async *each() {},
};

async function page(query: object, archivedRows: ArchivedRows | undefined) {
  const { searchAudit } = auditHandlers({ database, archivedRows });
  const asked = auditContract.searchAudit.request.query.parse(query);
  const input = { query: asked, params: undefined, headers: undefined, body: undefined };
  const reply = await searchAudit(input as never, {} as RequestContext as never);
  return auditContract.searchAudit.responses[200].schema.parse((reply as { body: unknown }).body);
}

test('A5, A6: the last page says before when the rows are in archives, which the export reads', async () => {
  expect((await page({}, archived)).archived_before).toBe('2026-05-01T00:00:00.000Z');
  expect((await page({ since: '2026-04-30T00:00:00Z' }, archived)).archived_before).not.toBeNull();
  expect((await page({ since: '2026-05-01T00:00:00Z' }, archived)).archived_before).toBeNull();
  expect((await page({}, undefined)).archived_before).toBeNull();
});

test('A6: a page before the last one does not say so yet', async () => {
  const first = await page({ limit: 2 }, archived);
  expect(first).toMatchObject({ data: [{ id: 'row-3' }, { id: 'row-2' }], archived_before: null });
  expect(cursorSchema.safeParse(first.next_cursor).success).toBe(true);
  const last = await page({ limit: 2, cursor: first.next_cursor }, archived);
  expect(last).toMatchObject({ data: [{ id: 'row-1' }], archived_before: '2026-05-01T00:00:00.000Z' });
});
