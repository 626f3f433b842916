import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/bcrypt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { type Keyring, openKeyring } from '../../encryption/keyring.ts';
import { rootKeyFrom } from '../../encryption/root-secret.ts';
import { createUser } from '../../people/user.ts';
import { isProblem } from '../../reply.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { createKey, newKeySchema } from '../create-key.ts';
import { generateApiKey } from '../format.ts';
import { hashNewKey } from '../hash-new-key.ts';
import { createKeyCache } from '../memory/key-cache.ts';
import { ownKeys } from '../own-keys.ts';
import { keyLookup } from '../stored-key.ts';
import { createKeyVerifier } from '../verify-key.ts';
import { bcryptKeys } from './bcrypt-keys.ts';
import { hasBcryptHash, hashWithBcrypt } from './run-bcrypt.ts';

let database: TestDatabase;
let keyring: Keyring;
const service = 'a'.repeat(32);
const address = '203.0.113.7';

beforeAll(async () => {
  database = await createTestDatabase();
  keyring = await openKeyring(database, rootKeyFrom('root'), systemClock);
  const ada = { email: 'ada@example.com', name: 'Ada', role: 'user' as const };
  await createUser(database, ada, { via: 'cli' }, systemClock);
});
afterAll(() => database[Symbol.asyncDispose]());

const scopes = new Map(['meterr', service].map((name) => [name, { 'tokens:write': '' }]));

async function issue(keyHash: 'bcrypt' | 'hmac-sha256', more: object = {}) {
  const wanted = newKeySchema.parse({
    ...{ owner: 'ada@example.com', name: 'ci', service: 'meterr', environment: 'live' },
    ...{ scopes: ['tokens:write'], ...more },
  });
  return createKey({ database, keyring, clock: systemClock, scopes, keyHash }, wanted, { via: 'cli' });
}

/** A verifier as after a restart, counting bcrypt runs. */
function restarted() {
  let runs = 0;
  const matches = (text: string, bcryptHash: string) => {
    runs += 1;
    return hasBcryptHash(text, bcryptHash);
  };
  const clock = fakeClock();
  const cache = createKeyCache();
  const bcrypt = bcryptKeys({ database, clock, matches });
  const finders = [ownKeys(keyring, keyLookup(database), bcrypt)];
  // Next to other work bcrypt takes long.
  const lookUps = { timeoutMs: 200_000 };
  return { verifier: createKeyVerifier({ cache, finders, clock, lookUps }), runs: () => runs, cache };
}

test('K3: with bcrypt configured a key is stored with cost 12, verifies, and runs bcrypt once however often it is read', async () => {
  const created = await issue('bcrypt');
  if (isProblem(created)) throw new Error(created.detail);
  const { rows } = await database.pool.query('SELECT key_hash FROM api_keys WHERE id = $1', [created.row.id]);
  expect(rows[0].key_hash).toMatch(/^\$2b\$12\$/);
  const { verifier, runs, cache } = restarted();
  expect(await verifier.verify(created.key, address)).toMatchObject({ id: created.row.id });
  cache.clear();
  expect(await verifier.verify(created.key, address)).toMatchObject({ id: created.row.id });
  expect(runs()).toBe(1);
  const { rows: after } = await database.pool.query('SELECT key_hash FROM api_keys WHERE id = $1', [
    created.row.id,
  ]);
  expect(after).toEqual(rows);
});

test('K3: both ways of keeping keys verify side by side; an invented key and one that was erased run no bcrypt', async () => {
  const [hmac, other] = [await issue('hmac-sha256'), await issue('bcrypt')];
  if (isProblem(hmac) || isProblem(other)) throw new Error('not made');
  await database.pool.query('UPDATE api_keys SET key_hash = NULL WHERE id = $1', [other.row.id]);
  const { verifier, runs } = restarted();
  expect(await verifier.verify(hmac.key, address)).toMatchObject({ id: hmac.row.id });
  const unknown = generateApiKey('meterr', 'live', keyring.primary('checksum'));
  for (const text of [other.key, unknown, `${hmac.key.slice(0, -1)}_`, `${hmac.key}\0`])
    expect(await verifier.verify(text, address)).toMatchObject({ code: 'invalid_key' });
  expect(runs()).toBe(0);
});

test('K3: a key longer than the 72 bytes of bcrypt is refused when it is made, never cut', async () => {
  const refused = await issue('bcrypt', { service });
  expect(refused).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('72 bytes') });
  expect(isProblem(await issue('bcrypt', { service, environment: 'test' }))).toBe(true);
  expect(isProblem(await issue('hmac-sha256', { service }))).toBe(false);
  expect(await hashNewKey('ü'.repeat(37), { keyring, keyHash: 'bcrypt' })).toMatchObject({ kind: 'problem' });
  expect(await hashWithBcrypt('a\0b')).toMatchObject({ kind: 'problem' });
});

test('K3: a longer text with the same 72 bytes, or with NUL, does not match', async () => {
  const text = randomBytes(36).toString('hex');
  const bcryptHash = await hash(text, { cost: 4 });
  expect(await hasBcryptHash(text, bcryptHash)).toBe(true);
  expect(await hasBcryptHash(`${text}a`, bcryptHash)).toBe(false);
  const short = await hash('short', { cost: 4 });
  expect(await hasBcryptHash('short', short)).toBe(true);
  expect(await hasBcryptHash('short\0', short)).toBe(false);
  expect(await hasBcryptHash('SHORT', short)).toBe(false);
});
