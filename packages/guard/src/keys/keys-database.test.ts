import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import { type Keyring, openKeyring } from '../encryption/keyring.ts';
import { rootKeyFrom } from '../encryption/root-secret.ts';
import { createUser } from '../people/user.ts';
import { isProblem } from '../reply.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type CreateKeyDeps, createKey, newKeySchema } from './create-key.ts';
import { hashApiKey } from './hash.ts';
import { trackLastUsed } from './last-used.ts';
import { listKeys, showKey } from './list-keys.ts';
import { createKeyCache } from './memory/key-cache.ts';
import { followKeyChanges } from './memory/key-changes.ts';
import { ownKeys } from './own-keys.ts';
import { revokeKey } from './revoke-key.ts';
import { keyLookup } from './stored-key.ts';
import { createKeyVerifier } from './verify-key.ts';

let database: TestDatabase;
let deps: CreateKeyDeps;
let keyring: Keyring;
let ownerId: string;
const clock = systemClock;
const console = { via: 'cli' } as const;
const wanted = {
  owner: 'ada@example.com',
  name: 'ci',
  service: 'meterr',
  environment: 'live' as const,
  scopes: ['tokens:write'],
};

beforeAll(async () => {
  database = await createTestDatabase();
  keyring = await openKeyring(database, rootKeyFrom('root'), clock);
  deps = {
    database,
    keyring,
    clock,
    scopes: new Map([
      ['meterr', { 'tokens:write': '' }],
      ['control', { 'keys:read': '' }],
    ]),
  };
  const owner = await createUser(
    database,
    { email: 'ada@example.com', name: 'Ada', role: 'user' },
    console,
    clock,
  );
  if (isProblem(owner)) throw new Error(owner.code);
  ownerId = owner.id;
});
afterAll(() => database[Symbol.asyncDispose]());

async function issue(more: object = {}) {
  const created = await createKey(deps, newKeySchema.parse({ ...wanted, ...more }), console);
  if (isProblem(created)) throw new Error(JSON.stringify(created));
  return created;
}

test('K2, K3: the key is nowhere in the database; what is there is a hash that says how it was made', async () => {
  const { key, row } = await issue();
  const secret = key.slice(key.lastIndexOf('_') + 5, -4);
  const { rows: tables } = await database.pool.query(
    `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
  );
  for (const { relname } of tables) {
    const { rows } = await database.pool.query(`SELECT t::text AS line FROM "${relname}" t`);
    expect(rows.some(({ line }) => line.includes(secret))).toBe(false);
  }
  const { rows: stored } = await database.pool.query('SELECT key_hash FROM api_keys WHERE id = $1', [row.id]);
  expect(stored[0].key_hash).toMatch(
    new RegExp(`^hmac-sha256\\.${keyring.primary('pepper').id}\\.[A-Za-z0-9_-]{43}$`),
  );
  expect([row.prefix, row.lastFour]).toEqual([key.slice(0, 19), key.slice(-4)]);
});

test('K3: the look-up is by unique index and tells upper from lower case', async () => {
  const { key } = await issue();
  const verifier = createKeyVerifier({
    cache: createKeyCache(),
    finders: [ownKeys(keyring, keyLookup(database))],
    clock,
  });
  expect(isProblem(await verifier.verify(key, '203.0.113.7'))).toBe(false);
  const { rows } = await database.pool.query(
    `SELECT indexdef FROM pg_indexes WHERE indexname = 'api_keys_key_hash'`,
  );
  expect(rows[0].indexdef).toContain('UNIQUE');
  const lookUp = keyLookup(database);
  const stored = (await lookUp([hashApiKey(key, keyring.primary('pepper'))]))?.keyHash ?? '';
  expect(await lookUp([stored])).toBeDefined();
  expect(await lookUp([stored.toUpperCase(), stored.toLowerCase()])).toBeUndefined();
});

test.each([
  [{ scopes: ['tokens:read'] }, '/scopes/0'],
  [{ scopes: ['*'] }, '/scopes/0'],
  [{ scopes: ['toString'] }, '/scopes/0'],
  [{ service: 'nothing' }, '/service'],
  [{ allowedIps: ['1.2.3.999'] }, '/allowed_ips/0'],
  [{ allowedIps: ['10.0.0.0/8', '10.0.0.0/33'] }, '/allowed_ips/1'],
  [{ allowedIps: ['010.0.0.1'] }, '/allowed_ips/0'],
  [{ allowedOrigins: ['https://a.example/path'] }, '/allowed_origins/0'],
])('K4, K6: %j is refused when the key is made', async (more, pointer) => {
  const refused = await createKey(deps, newKeySchema.parse({ ...wanted, ...more }), console);
  expect(refused).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
});

test('K4: a key without scopes, or a control key for a user, cannot be made', async () => {
  expect(newKeySchema.safeParse({ ...wanted, scopes: [] }).success).toBe(false);
  const refused = await createKey(
    deps,
    newKeySchema.parse({ ...wanted, service: 'control', scopes: ['keys:read'] }),
    console,
  );
  expect(refused).toMatchObject({ code: 'insufficient_permissions' });
});

test('A1: making and revoking a key are audited in the transaction that does it', async () => {
  const { row } = await issue();
  await revokeKey(database, row.id, { via: 'api', userId: 'u', keyId: 'k', requestId: 'r' }, clock);
  await revokeKey(database, row.id, console, clock);
  const { rows } = await database.pool.query(
    'SELECT action, user_id, api_key, request_id, before, after FROM audit_logs WHERE $1 = ANY(object_ids) ORDER BY created_at, action',
    [row.id],
  );
  expect(rows).toMatchObject([
    { action: 'keys.create', before: null },
    { action: 'keys.revoke', user_id: 'u', api_key: 'k', request_id: 'r' },
  ]);
  expect(JSON.stringify(rows)).not.toContain('hmac-sha256');
  await expect(revokeKey(database, 'no such key', console, clock)).resolves.toMatchObject({
    code: 'not_found',
  });
});

test('K10: plain SQL stops a key that a node remembers, by revoked_at, by is_active and by deletion', async () => {
  const cache = createKeyCache({ ageMaxMs: 60_000 });
  const changes = followKeyChanges({ url: database.url, cache, onError: () => {} });
  const verifier = createKeyVerifier({ cache, finders: [ownKeys(keyring, keyLookup(database))], clock });
  try {
    for (const statement of [
      'UPDATE api_keys SET revoked_at = NOW() WHERE id = $1',
      'UPDATE api_keys SET is_active = false WHERE id = $1',
      'DELETE FROM api_keys WHERE id = $1',
    ]) {
      const { key, row } = await issue();
      await expect.poll(async () => isProblem(await verifier.verify(key, '203.0.113.7'))).toBe(false);
      await database.pool.query(statement, [row.id]);
      await expect
        .poll(async () => isProblem(await verifier.verify(key, '203.0.113.7')), {
          interval: 10,
        })
        .toBe(true);
    }
  } finally {
    await changes.stop();
  }
});

test('K10: a node that hears itself reads a key once; once it hears nothing more, again', async () => {
  const clock = fakeClock(systemClock.now());
  const cache = createKeyCache({ ageMaxMs: 500 });
  const lookUp = vi.fn(keyLookup(database));
  const verifier = createKeyVerifier({ cache, finders: [ownKeys(keyring, lookUp)], clock });
  const confirm = vi.spyOn(cache, 'confirm');
  const changes = followKeyChanges({
    ...{ url: database.url, database, cache, clock, beatMs: 20 },
    onError: () => {},
  });
  const hearsNow = () => expect.poll(() => confirm.mock.lastCall?.[0]).toBe(clock.monotonic());
  const isRefused = async () => isProblem(await verifier.verify(key, '203.0.113.7'));
  const { key } = await issue();
  try {
    await hearsNow();
    expect(await isRefused()).toBe(false);
    for (let moments = 0; moments < 5; moments += 1) {
      clock.advance(400);
      await hearsNow();
    }
    expect(await isRefused()).toBe(false);
    expect(lookUp).toHaveBeenCalledTimes(1);

    await changes.stop();
    const revoke = 'UPDATE api_keys SET revoked_at = now() WHERE key_hash = $1';
    await database.pool.query(revoke, [hashApiKey(key, keyring.primary('pepper'))]);
    clock.advance(501);
    expect(await isRefused()).toBe(true);
    expect(lookUp).toHaveBeenCalledTimes(2);
  } finally {
    await changes.stop();
  }
});

test('K11: the last use is written in batches and tells no node to forget the key', async () => {
  const [{ row }, other] = [await issue(), await issue()];
  const lastUsed = trackLastUsed(database, (error) => {
    throw error;
  });
  const notified: string[] = [];
  const listening = Promise.withResolvers<void>();
  const drop = (subject: string) => notified.push(subject);
  const cache = { ...createKeyCache(), drop, distrust: () => listening.resolve() };
  const changes = followKeyChanges({ url: database.url, cache, onError: () => {} });
  try {
    await listening.promise;
    lastUsed.note(row.id, Date.UTC(2026, 5, 1), '203.0.113.7');
    await lastUsed.flush();
    const key = await showKey(database.orm, row.id);
    expect(key).toMatchObject({ lastUsedAt: new Date(Date.UTC(2026, 5, 1)), lastUsedIp: '203.0.113.7' });
    // Of what comes afterwards it hears: there was nothing before.
    await revokeKey(database, other.row.id, console, clock);
    await expect.poll(() => notified).toEqual([`key:${other.row.id}`]);
  } finally {
    await lastUsed.stop();
    await changes.stop();
  }
});

test('K11: keys are listed newest first, page by page, without their hashes', async () => {
  const all = await listKeys(database, { limit: 1000, userId: ownerId });
  const paged: string[] = [];
  let after: { id: string; createdAt: Date } | undefined;
  do {
    const rows = await listKeys(database, { limit: 2, userId: ownerId, ...(after && { after }) });
    paged.push(...rows.map((key) => key.id));
    after = rows.at(-1);
  } while (after !== undefined);
  expect(paged).toEqual(all.map((key) => key.id));
  expect(Object.keys(all[0] ?? {})).not.toContain('keyHash');
});

test('K10: plain SQL from a session with another search path revokes a key and tells the nodes', async () => {
  const { row } = await issue();
  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  const heard: string[] = [];
  listener.on('notification', ({ payload = '' }) => heard.push(payload));
  await listener.query('LISTEN keyward_keys');
  const elsewhere = new pg.Client({ connectionString: database.url });
  await elsewhere.connect();
  await elsewhere.query('SET search_path = pg_catalog');
  await elsewhere.query('UPDATE public.api_keys SET revoked_at = NOW() WHERE id = $1', [row.id]);
  await expect.poll(() => heard.some((payload) => payload.startsWith(`key:${row.id} `))).toBe(true);
  await Promise.all([listener.end(), elsewhere.end()]);
});
