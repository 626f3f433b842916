import { hash } from 'node:crypto';
import {
  systemClock as clock,
  createKeyCache,
  createKeyVerifier,
  isProblem,
  keyLookup,
  openKeyring,
  ownKeys,
  rootKeyFrom,
} from '@keyward/guard';
import { openDatabase } from '@keyward/guard/database';
import type { Prepared } from '../http/prepare-database.ts';
import type { Operation } from './operation.ts';

/** P5: a key that is remembered, 1,000 of them in rotation, beside the one hash that cannot be saved. */
export async function keyOperations(databaseUrl: string, { keys, secret }: Prepared): Promise<Operation[]> {
  const database = openDatabase({ url: databaseUrl });
  const keyring = await openKeyring(database, rootKeyFrom(secret), clock);
  const verifier = createKeyVerifier({
    cache: createKeyCache({ ageMaxMs: Number.POSITIVE_INFINITY }),
    finders: [ownKeys(keyring, keyLookup(database))],
    clock,
  });
  for (const key of keys) {
    if (isProblem(await verifier.verify(key, '203.0.113.7')))
      throw new Error('a key of the benchmark is refused');
  }
  await database.close();
  return [
    {
      name: 'verify a warm key',
      times: keys.length,
      run() {
        for (const key of keys) {
          if (isProblem(verifier.verify(key, '203.0.113.7'))) throw new Error('a warm key is refused');
        }
      },
    },
    {
      name: "crypto.hash('sha256') of the key",
      times: keys.length,
      run() {
        for (const key of keys) hash('sha256', key);
      },
    },
  ];
}
