import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { continueEmergencyRotation } from './continue-emergency-rotation.ts';
import { type EmergencySelection, emergencyWishSchema } from './emergency-selection.ts';
import type { EmergencyRotation } from './emergency-status.ts';
import { previewEmergencyRotation } from './preview-emergency-rotation.ts';
import { eachRotatedKey, rotatedKeys } from './rotated-keys.ts';
import { startEmergencyRotation } from './start-emergency-rotation.ts';
import { EmergencyBed, operator } from './testing/emergency-bed.ts';

const hour = 3_600_000;
const day = 24 * hour;

let database: TestDatabase;
let bed: EmergencyBed;
let beds = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  beds += 1;
  bed = await EmergencyBed.make(database, `bed${beds}`);
});
afterAll(() => database[Symbol.asyncDispose]());

test('K8: all keys stop in the transaction that starts it, and each gets exactly one successor without a secret', async () => {
  await bed.insert({ keys: 3000, owners: 50 });
  const rotation = await bed.start({ all: true }, { reason: 'leaked' });
  expect(rotation).toMatchObject({ keysStopped: 3000, state: 'replacing', startedBy: 'operator' });
  const alive = 'SELECT FROM api_keys WHERE is_active AND revoked_at IS NULL';
  expect(await bed.query(alive)).toHaveLength(0);
  const seen: number[] = [];
  await bed.finish(rotation.id, {
    keysAtOnce: 1000,
    ownersAtOnce: 200,
    onProgress: (now: EmergencyRotation) => seen.push(now.keysReplaced),
  });
  expect(seen).toEqual([0, 1000, 2000, 3000, 3000, 3000, 3000]);
  await bed.expectWhole(rotation, 3000, 50);
  const entries = await bed.query(
    'SELECT action, "user_id", after FROM audit_logs WHERE $1 = ANY (object_ids) ORDER BY action',
    rotation.id,
  );
  expect(entries).toMatchObject([
    { action: 'keys.emergency_rotate', user_id: 'operator', after: { keysStopped: 3000, reason: 'leaked' } },
    {
      action: 'keys.emergency_rotated',
      user_id: null,
      after: { keysStopped: 3000, keysReplaced: 3000, ownersTold: 50 },
    },
  ]);
});

test.each<[string, (owner: string, before: string) => EmergencySelection]>([
  ['an owner by id', (owner) => ({ owner })],
  ['an owner by e-mail address', (owner) => ({ owner: `${owner.replace('-o-', '-')}@Example.com` })],
  ['a service', () => ({ service: 'metadata' })],
  ['an environment', () => ({ environment: 'test' })],
  ['a moment', (_owner, issuedBefore) => ({ issuedBefore })],
  ['several at once', (owner, issuedBefore) => ({ owner, service: 'metadata', issuedBefore })],
])('K8: it stops the keys of %s and no other', async (_what, selectionOf) => {
  const ago = (days: number) => new Date(bed.clock.now() - days * day);
  const kinds = [
    { service: 'metadata', environment: 'live', createdAt: ago(20) },
    { service: 'metadata', environment: 'test', createdAt: ago(1) },
    { service: 'meterr', environment: 'live', createdAt: ago(1) },
    { service: 'meterr', environment: 'test', createdAt: ago(20) },
  ] as const;
  for (const [at, kind] of kinds.entries()) await bed.insert({ ...kind, owners: 4, keys: 8, name: `${at}` });
  const owner = `${bed.prefix}-o-3`;
  const selection = selectionOf(owner, ago(10).toISOString());
  const preview = await previewEmergencyRotation(bed.deps, selection);
  const rotation = await bed.start(selection);
  const all = await bed.query('SELECT * FROM api_keys WHERE id LIKE $1', `${bed.prefix}-%`);
  const meant = all.filter(
    (key) =>
      (selection.owner === undefined || key.user_id === owner) &&
      (selection.service === undefined || key.service === selection.service) &&
      (selection.environment === undefined || key.environment === selection.environment) &&
      (selection.issuedBefore === undefined || key.created_at < ago(10)),
  );
  const stopped = all.filter((key) => key.emergency_id === rotation.id);
  expect(stopped).toEqual(meant);
  expect([preview, rotation]).toMatchObject([{ keys: meant.length }, { keysStopped: meant.length }]);
  expect(meant.length).toBeGreaterThan(0);
  expect(meant.length).toBeLessThan(all.length);
});

test('K8: without a selection all keys must be meant; an unknown owner is 404; nothing to stop makes nothing', async () => {
  const refusalOf = async (selection: EmergencySelection) =>
    startEmergencyRotation(bed.deps, emergencyWishSchema.parse({ selection }), operator);
  expect(await refusalOf({})).toMatchObject({ code: 'invalid_request' });
  expect(await refusalOf({ all: false })).toMatchObject({ code: 'invalid_request' });
  expect(await refusalOf({ all: true, service: 'meterr' })).toMatchObject({ code: 'invalid_request' });
  expect(await refusalOf({ owner: 'nobody' })).toMatchObject({ code: 'not_found' });
  const before = await bed.query('SELECT FROM emergency_rotations');
  expect(await refusalOf({ service: 'nothing' })).toEqual({ kind: 'nothing' });
  expect(await bed.query('SELECT FROM emergency_rotations')).toHaveLength(before.length);
  expect(await continueEmergencyRotation(bed.deps, 'none')).toMatchObject({ code: 'not_found' });
});

test('K8: only keys that live and hold a secret stop', async () => {
  await bed.insert({ owners: 1, keys: 7 });
  const set = (n: number, what: string) =>
    bed.query(`UPDATE api_keys SET ${what} WHERE id = $1`, `${bed.prefix}-k-${n}`);
  const past = `'${new Date(bed.clock.now() - 1).toISOString()}'`;
  await set(1, `revoked_at = ${past}`);
  await set(2, 'is_active = false');
  await set(3, `expires_at = ${past}`);
  await set(4, `grace_ends_at = ${past}`);
  await set(5, 'key_hash = NULL');
  const { id, keysStopped } = await bed.start({ owner: `${bed.prefix}-o-1` });
  expect(keysStopped).toBe(2);
  const stopped = await bed.query('SELECT id FROM api_keys WHERE emergency_id = $1 ORDER BY id', id);
  expect(stopped.map((key) => key.id)).toEqual([`${bed.prefix}-k-6`, `${bed.prefix}-k-7`]);
  await bed.finish(id);
});

test('K8: with a grace a key lives on, but never longer than it would have', async () => {
  await bed.insert({ owners: 1, keys: 3 });
  const at = (ms: number): Date => new Date(bed.clock.now() + ms);
  await bed.query('UPDATE api_keys SET expires_at = $2 WHERE id = $1', `${bed.prefix}-k-1`, at(hour));
  await bed.query('UPDATE api_keys SET grace_ends_at = $2 WHERE id = $1', `${bed.prefix}-k-2`, at(2 * hour));
  const { id } = await bed.start({ all: true }, { graceMs: day });
  await bed.finish(id);
  const keys = await bed.query(
    'SELECT is_active, deactivated_at, grace_ends_at FROM api_keys WHERE emergency_id = $1 ORDER BY id',
    id,
  );
  expect(keys).toEqual(
    [hour, 2 * hour, day].map((ms) => ({ is_active: true, deactivated_at: null, grace_ends_at: at(ms) })),
  );
  expect(emergencyWishSchema.safeParse({ selection: {}, graceMs: 30 * day + 1 }).success).toBe(false);
  const [mail] = await bed.query(
    'SELECT content FROM notifications WHERE recipient = $1',
    `${bed.prefix}-1@example.com`,
  );
  expect(mail.content.text).toContain('will stop on 2026-06-02 00:00 UTC at the latest');
});

test('K8: keys of banned and deleted owners stop, get no successor, nobody is told, and the report says why', async () => {
  await bed.insert({ owners: 5, keys: 10 });
  await bed.query('UPDATE users SET banned = true WHERE id = $1', `${bed.prefix}-o-1`);
  await bed.query('UPDATE users SET deleted_at = now() WHERE id = $1', `${bed.prefix}-o-2`);
  const ended = new Date(bed.clock.now() - 1);
  await bed.query(
    'UPDATE users SET banned = true, ban_expires = $2 WHERE id = $1',
    `${bed.prefix}-o-3`,
    ended,
  );
  const { id } = await bed.start({ all: true });
  expect((await rotatedKeys(database, id, { limit: 100 })).map((key) => key.whyNoSuccessor)).toContain(
    'not_yet',
  );
  expect(await bed.finish(id)).toMatchObject({ keysStopped: 10, keysReplaced: 6, ownersTold: 3 });
  const report = await Array.fromAsync(eachRotatedKey(database, id));
  const without = report.filter((key) => key.successorId === null);
  expect(without.map((key) => [key.userId, key.whyNoSuccessor])).toEqual([
    [`${bed.prefix}-o-1`, 'owner_banned'],
    [`${bed.prefix}-o-1`, 'owner_banned'],
    [`${bed.prefix}-o-2`, 'owner_deleted'],
    [`${bed.prefix}-o-2`, 'owner_deleted'],
  ]);
  expect(report.filter((key) => key.successorId !== null && !key.isClaimed)).toHaveLength(6);
  await bed.query('UPDATE users SET banned = false WHERE id = $1', `${bed.prefix}-o-1`);
  const [later] = await rotatedKeys(database, id, { limit: 1 });
  expect(later).toMatchObject({ successorId: null, whyNoSuccessor: 'owner_was_banned' });
  const mails = await bed.query('SELECT FROM notifications WHERE recipient LIKE $1', `${bed.prefix}-%`);
  expect(mails).toHaveLength(3);
});

test('K8: pages of the report hold each key once', async () => {
  await bed.insert({ owners: 4, keys: 25 });
  const { id } = await bed.start({ all: true });
  const ids: string[] = [];
  for (let after: { id: string } | undefined; ; ) {
    const keys = await rotatedKeys(database, id, { limit: 7, ...(after && { after }) });
    ids.push(...keys.map((key) => key.id));
    after = keys.at(-1);
    if (after === undefined) break;
  }
  expect(ids).toHaveLength(25);
  expect(new Set(ids).size).toBe(25);
  await bed.finish(id);
});

test('K7, K8: a key that was rotated before and is in its grace stops and keeps its one successor', async () => {
  await bed.insert({ owners: 1, keys: 2 });
  const [first, second] = [`${bed.prefix}-k-1`, `${bed.prefix}-k-2`];
  const ends = new Date(bed.clock.now() + day);
  await bed.query('UPDATE api_keys SET grace_ends_at = $2 WHERE id = $1', first, ends);
  await bed.query(
    `INSERT INTO key_rotations (id, user_id, reason, old_key_id, new_key_id) VALUES ($1, $2, 'user_requested', $3, $4)`,
    `${bed.prefix}-r`,
    `${bed.prefix}-o-1`,
    first,
    second,
  );
  const { id } = await bed.start({ all: true });
  expect(await bed.finish(id)).toMatchObject({ keysStopped: 2, keysReplaced: 1, ownersTold: 1 });
  const report = await rotatedKeys(database, id, { limit: 10 });
  expect(report).toMatchObject([
    { id: first, successorId: second, isClaimed: true },
    { id: second, isClaimed: false },
  ]);
  const dead = await bed.query('SELECT is_active, grace_ends_at FROM api_keys WHERE id = $1', first);
  expect(dead).toEqual([{ is_active: false, grace_ends_at: new Date(bed.clock.now()) }]);
});

test('K8: whoever makes a key at that moment is let finish, and the key stops too', async () => {
  await bed.insert({ owners: 1, keys: 1 });
  const other = await database.pool.connect();
  await other.query('BEGIN');
  await other.query(
    `INSERT INTO api_keys (id, user_id, name, service, environment, key_hash, prefix, last_four, scopes)
     VALUES ($1, $2, 'late', 'meterr', 'live', $1, 'p', 'l', ARRAY['x'])`,
    [`${bed.prefix}-late`, `${bed.prefix}-o-1`],
  );
  const starting = bed.start({ all: true });
  const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'api_keys'::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  while ((await bed.query(waiting)).length === 0);
  await other.query('COMMIT');
  other.release();
  const { id, keysStopped } = await starting;
  expect(keysStopped).toBe(2);
  await bed.finish(id);
});

test('K8, K10: beyond a thousand keys the nodes get one message for all of them', async () => {
  await bed.insert({ owners: 10, keys: 1500 });
  const client = await database.pool.connect();
  const heard: (string | undefined)[] = [];
  client.on('notification', ({ payload }) => heard.push(payload));
  await client.query('LISTEN keyward_keys');
  const { id } = await bed.start({ all: true });
  await client.query('SELECT 1');
  expect(heard).toEqual([expect.stringMatching(/^\* \d+$/)]);
  await client.query('UNLISTEN keyward_keys');
  client.release(true);
  await bed.finish(id, { keysAtOnce: 1000 });
});
