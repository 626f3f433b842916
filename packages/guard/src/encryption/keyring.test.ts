import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { openKeyring, purposes } from './keyring.ts';
import { rootKeyFrom } from './root-secret.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test('D2: nodes that start at once share one primary per purpose, and a later start finds the same', async () => {
  const root = rootKeyFrom('the root secret of this test');
  const opened = await Promise.all(Array.from({ length: 5 }, () => openKeyring(database, root, systemClock)));
  const later = await openKeyring(database, root, systemClock);
  for (const purpose of purposes) {
    const keys = [...opened, later].map((keyring) => keyring.primary(purpose));
    expect(new Set(keys.map((key) => key.id)).size).toBe(1);
    expect(new Set(keys.map((key) => key.material.toString('hex'))).size).toBe(1);
  }
  expect(later.signingKey().privateKey.asymmetricKeyType).toBe('ed25519');
});

test('D3: a root secret that does not open the keyring is refused with what to do', async () => {
  await openKeyring(database, rootKeyFrom('the root secret of this test'), systemClock);
  await expect(openKeyring(database, rootKeyFrom('another'), systemClock)).rejects.toThrow(
    /KEYWARD_SECRET does not open/,
  );
});

test('D2: key material lies sealed in the database', async () => {
  const keyring = await openKeyring(database, rootKeyFrom('the root secret of this test'), systemClock);
  const { rows } = await database.pool.query('SELECT * FROM keyring');
  const dump = JSON.stringify(rows);
  for (const purpose of purposes) {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(dump).not.toContain(keyring.primary(purpose).material.toString(encoding));
    }
  }
});
