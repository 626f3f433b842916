import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKeys, users } from '../database/schema.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { keyStatus, rotationDueAt } from './key-state.ts';
import { listKeys, showKey } from './list-keys.ts';
import { apiKeyCounts, keyRotations, keyUses, plannedRotations } from './schema.ts';

const nowMs = Date.UTC(2026, 5, 1);
const before = new Date(nowMs - 1);
const after = new Date(nowMs + 1);
const day = 24 * 60 * 60 * 1000;

let database: TestDatabase;
let made = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.orm.insert(users).values({ id: 'ada', name: 'Ada', email: 'ada@example.com' });
  await database.orm.insert(keyUses).values([
    { id: 'left', usesMax: 5, used: 4 },
    { id: 'spent', usesMax: 5, used: 5 },
  ]);
  await database.pool.query(
    `INSERT INTO key_claims (id, user_id, created_at, expires_at) VALUES ('c', 'ada', now(), now())`,
  );
});
afterAll(() => database[Symbol.asyncDispose]());

async function key(more: Partial<typeof apiKeys.$inferInsert> = {}): Promise<string> {
  made += 1;
  const id = `k${String(made).padStart(3, '0')}`;
  await database.orm.insert(apiKeys).values({
    id,
    userId: 'ada',
    name: id,
    service: 'meterr',
    environment: 'live',
    prefix: 'sk-meterr_live_AbCd',
    lastFour: 'wxyz',
    scopes: [],
    createdAt: new Date(nowMs - 100 * day),
    ...more,
  });
  return id;
}

async function show(id: string) {
  const found = await showKey(database.orm, id);
  if (found === undefined) throw new Error(id);
  return found;
}

test.each([
  ['active', {}],
  ['active', { expiresAt: after, usesId: 'left' }],
  ['active', { claimId: 'c', claimedAt: before }],
  ['awaiting_claim', { claimId: 'c' }],
  ['rotating', { graceEndsAt: after }],
  ['rotated', { graceEndsAt: new Date(nowMs) }],
  ['rotated', { graceEndsAt: before, isActive: false }],
  ['expired', { expiresAt: new Date(nowMs) }],
  ['expired', { expiresAt: before, usesId: 'spent' }],
  ['spent', { usesId: 'spent', graceEndsAt: after }],
  ['inactive', { isActive: false, expiresAt: before }],
  ['revoked', { revokedAt: before, isActive: false, graceEndsAt: before, claimId: 'c' }],
] as const)('K11: a key is %s with %o', async (status, more) => {
  expect(keyStatus(await show(await key(more)), nowMs)).toBe(status);
});

test('K11: a key is shown and listed with its counts, uses, plan and neighbours, also within the transaction that made it', async () => {
  const [old, now, next] = [await key(), await key({ usesId: 'left' }), await key()];
  const rotation = { userId: 'ada', reason: 'scheduled' as const };
  await database.orm.insert(keyRotations).values([
    { id: 'r1', ...rotation, oldKeyId: old, newKeyId: now },
    { id: 'r2', ...rotation, oldKeyId: now, newKeyId: next },
  ]);
  await database.orm.insert(apiKeyCounts).values({ keyId: now, requests: 2 ** 40, errors: 7 });
  await database.orm
    .insert(plannedRotations)
    .values({ keyId: now, rotateAt: after, graceMs: 0, reason: 'scheduled', createdAt: before });
  const expected = {
    requests: 2 ** 40,
    errors: 7,
    usesMax: 5,
    used: 4,
    rotationPlannedAt: after,
    predecessorId: old,
    successorId: next,
  };
  expect(await show(now)).toMatchObject(expected);
  const all = await listKeys(database, { limit: 1000 });
  expect(all).toHaveLength(made);
  expect(all.find(({ id }) => id === now)).toEqual(await show(now));
  expect(await show(old)).toMatchObject({ requests: 0, errors: 0, usesMax: null, predecessorId: null });
  expect(JSON.stringify(all)).not.toContain('keyHash');
  await database.orm.transaction(async (tx) => {
    await tx.insert(apiKeyCounts).values({ keyId: old, requests: 1, errors: 0 });
    expect(await showKey(tx, old)).toMatchObject({ requests: 1, successorId: now });
  });
});

test('K9: a rotation is due its days after the key was made; with 0 days never', async () => {
  const due = rotationDueAt(await show(await key({ rotateEveryDays: 30 })));
  expect(due).toEqual(new Date(nowMs - 70 * day));
  expect(rotationDueAt(await show(await key({ rotateEveryDays: 0 })))).toBeNull();
});
