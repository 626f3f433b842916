import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertEntry } from '../audit/insert-entry.ts';
import { uuidv7 } from '../ids.ts';
import { shopService } from '../testing/shop-service.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { unusedScopes } from './unused-scopes.ts';

const day = 24 * 60 * 60 * 1000;
const nowMs = Date.UTC(2026, 6, 1);
const routes = Object.values(shopService.contract);
const key = { id: 'k', scopes: ['orders:write', 'stock:read'], createdAt: new Date(nowMs - 200 * day) };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `SELECT keyward_ensure_audit_partition(m) FROM generate_series('2026-01-01'::timestamptz, '2026-08-01', '1 month') m`,
  );
});
afterAll(() => database[Symbol.asyncDispose]());

const used = (action: string, daysAgo: number, status = 200) =>
  insertEntry(database.orm, {
    id: uuidv7(nowMs),
    createdAt: nowMs - daysAgo * day,
    userId: 'u',
    apiKey: 'k',
    method: 'GET',
    path: '/',
    status,
    durationMs: 1,
    ip: null,
    userAgent: null,
    requestId: uuidv7(nowMs),
    clientRequestId: null,
    service: 'shop',
    environment: 'live',
    action,
    errorCode: null,
    objectType: null,
    objectIds: null,
    objectCount: 0,
    repeats: 1,
  });

test('K4: scopes that no successful request needed in 90 days are listed, and of a young key none', async () => {
  const unused = (createdAt = key.createdAt) => unusedScopes(database, { ...key, createdAt }, routes, nowMs);
  expect(await unused()).toEqual(['orders:write', 'stock:read']);
  await used('orders.read', 91);
  await used('orders.read', 5, 404);
  expect(await unused()).toEqual(['orders:write', 'stock:read']);
  await used('orders.read', 89);
  expect(await unused()).toEqual(['orders:write']);
  // Buying needs both.
  await used('orders.create', 1);
  expect(await unused()).toEqual([]);
  expect(await unused(new Date(nowMs - 89 * day))).toEqual([]);
});
