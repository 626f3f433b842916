import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock as clock } from '../../clock.ts';
import { openKeyring } from '../../encryption/keyring.ts';
import { rootKeyFrom } from '../../encryption/root-secret.ts';
import { createUser } from '../../people/user.ts';
import { isProblem } from '../../reply.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { createKey, newKeySchema } from '../create-key.ts';
import { ownKeys } from '../own-keys.ts';
import { keyLookup } from '../stored-key.ts';
import { createKeyVerifier } from '../verify-key.ts';
import { createKeyCache } from './key-cache.ts';
import { followKeyChanges } from './key-changes.ts';

const rounds = 1_000;
const verifiesBeside = 8;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const admin = { via: 'cli' } as const;

async function issue() {
  const keyring = await openKeyring(database, rootKeyFrom('root'), clock);
  const person = { email: 'ada@example.com', name: 'Ada', role: 'user' } as const;
  await createUser(database, person, admin, clock);
  const scopes = new Map([['meterr', { 'tokens:write': '' }]]);
  const wanted = newKeySchema.parse({
    ...{ owner: 'ada@example.com', name: 'ci', service: 'meterr', environment: 'live' },
    scopes: ['tokens:write'],
  });
  const created = await createKey({ database, keyring, clock, scopes }, wanted, admin);
  if (isProblem(created)) throw new Error(created.code);
  return { ...created, keyring };
}

/** A node that hears of changes in the database; its look-ups can be held between the reading of the row and its arrival. */
function openNode({ key, row, keyring }: Awaited<ReturnType<typeof issue>>) {
  const cache = createKeyCache();
  const lookUp = keyLookup(database);
  let hearing = Promise.withResolvers<void>();
  let gate: Promise<void> | undefined;
  let held = Promise.withResolvers<void>();
  const verifier = createKeyVerifier({
    // One is held for as long as a change takes to be heard.
    ...{ cache, clock, lookUps: { timeoutMs: 200_000 } },
    finders: [
      ownKeys(keyring, async (hashes) => {
        const found = await lookUp(hashes);
        held.resolve();
        await gate;
        return found;
      }),
    ],
  });
  const drop = (subject: string): void => {
    cache.drop(subject);
    hearing.resolve();
  };
  const listening = Promise.withResolvers<void>();
  const distrust = (): void => {
    cache.distrust();
    listening.resolve();
  };
  const told = { ...cache, drop, distrust };
  const changes = followKeyChanges({ url: database.url, cache: told, onError: () => {} });
  return {
    /** From then on it hears of every change, and of none before. */
    isListening: listening.promise,
    verify: async () => {
      const verified = await verifier.verify(key, '203.0.113.7');
      return isProblem(verified) ? verified.code : 'served';
    },
    /** Resolves when it hears of the next change. */
    nextChange() {
      hearing = Promise.withResolvers();
      return hearing.promise;
    },
    /** Forgets the key and holds the look-up that reads it again. */
    async hold() {
      const opening = Promise.withResolvers<void>();
      held = Promise.withResolvers();
      gate = opening.promise;
      cache.drop(`key:${row.id}`);
      const answer = this.verify();
      await held.promise;
      return { answer, release: opening.resolve };
    },
    stop: () => changes.stop(),
  };
}

test('K10: in a thousand revocations no look-up in flight brings a key back, and none is served once it was heard', async () => {
  const issued = await issue();
  const [one, other] = [openNode(issued), openNode(issued)];
  const change = async (statement: string) => {
    const heard = Promise.all([one.nextChange(), other.nextChange()]);
    await database.pool.query(`UPDATE api_keys SET revoked_at = ${statement} WHERE id = $1`, [issued.row.id]);
    return heard;
  };
  const after: string[] = [];
  try {
    await Promise.all([one.isListening, other.isListening]);
    await change('now()');
    for (let round = 0; round < rounds; round += 1) {
      await change('NULL');
      expect(await one.verify()).toBe('served');
      const { answer, release } = await other.hold();
      const beside: Promise<string>[] = [];
      const revoked = change('now()');
      for (let verify = 0; verify < verifiesBeside; verify += 1) {
        beside.push(one.verify());
        await new Promise((resolve) => setImmediate(resolve));
      }
      await revoked;
      const late = [one.verify(), other.verify()];
      release();
      after.push(...(await Promise.all([answer, ...late])));
      for (const verified of await Promise.all(beside)) expect(verified).toMatch(/^(served|revoked_key)$/);
      after.push(await one.verify(), await other.verify());
    }
  } finally {
    await Promise.all([one.stop(), other.stop()]);
  }
  expect(after).toHaveLength(rounds * 5);
  expect(new Set(after)).toEqual(new Set(['revoked_key']));
}, 900_000);
