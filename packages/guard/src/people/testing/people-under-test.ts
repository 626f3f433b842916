import type { Actor } from '../../audit/record-change.ts';
import { systemClock } from '../../clock.ts';
import { openKeyring } from '../../encryption/keyring.ts';
import { rootKeyFrom } from '../../encryption/root-secret.ts';
import { type CreatedKey, createKey, newKeySchema } from '../../keys/create-key.ts';
import { createKeyCache } from '../../keys/memory/key-cache.ts';
import { followKeyChanges } from '../../keys/memory/key-changes.ts';
import { ownKeys } from '../../keys/own-keys.ts';
import { keyLookup } from '../../keys/stored-key.ts';
import { createKeyVerifier } from '../../keys/verify-key.ts';
import { isProblem, type Problem } from '../../reply.ts';
import type { DataKeeper } from '../../service.ts';
import { createTestDatabase } from '../../testing/test-database.ts';
import { createUser, findUser, type NewUser, type User } from '../user.ts';

export const byConsole: Actor = { via: 'cli' };

/** Somebody who acts through the API. */
export const byApi = (user: User): Actor => ({
  via: 'api',
  userId: user.id,
  role: user.role as NewUser['role'],
});

export type PeopleUnderTest = Awaited<ReturnType<typeof peopleUnderTest>>;

/** People, keys and verifiers on a database of their own; `services` keep data of theirs. */
export async function peopleUnderTest(services: readonly DataKeeper[] = []) {
  const database = await createTestDatabase();
  const clock = systemClock;
  const keyring = await openKeyring(database, rootKeyFrom('root'), clock);
  const scopes = new Map([
    ['shop', { 'stock:read': '' }],
    ['control', { 'keys:read': '' }],
  ]);
  let made = 0;
  return {
    deps: { database, clock, services },
    database,
    async person(role: NewUser['role'] = 'user'): Promise<User> {
      made += 1;
      const wanted = { email: `person-${made}@example.com`, name: `Person ${made}`, role };
      return accepted(await createUser(database, wanted, byConsole, clock));
    },
    async again(user: User): Promise<User> {
      return (await findUser(database.orm, user.id)) as User;
    },
    async issue(owner: User, service = 'shop'): Promise<CreatedKey> {
      const wanted = { owner: owner.id, name: 'x', service, environment: 'live' };
      const scope = service === 'control' ? 'keys:read' : 'stock:read';
      const key = newKeySchema.parse({ ...wanted, scopes: [scope] });
      return accepted(await createKey({ database, keyring, clock, scopes }, key, byConsole));
    },
    /** A node: it remembers keys, and is told of changes only by the database. */
    async node() {
      const cache = createKeyCache({ ageMaxMs: 600_000 });
      const listening = Promise.withResolvers<void>();
      const told = { ...cache, confirm: (atMs: number) => listening.resolve(cache.confirm(atMs)) };
      const changes = followKeyChanges({
        url: database.url,
        database,
        cache: told,
        beatMs: 20,
        onError: () => {},
      });
      const finders = [ownKeys(keyring, keyLookup(database))];
      const verifier = createKeyVerifier({ cache, finders, clock, lookUps: { timeoutMs: 200_000 } });
      await listening.promise;
      return {
        stop: () => changes.stop(),
        async verify({ key }: CreatedKey): Promise<string> {
          const verified = await verifier.verify(key, '203.0.113.7');
          return isProblem(verified) ? verified.code : verified.userId;
        },
      };
    },
    async revoked(): Promise<string[]> {
      const query = 'SELECT id FROM api_keys WHERE revoked_at IS NOT NULL';
      return (await database.pool.query<{ id: string }>(query)).rows.map(({ id }) => id);
    },
    async auditOf(id: string) {
      const query = `SELECT action, path, user_id, before, after FROM audit_logs
        WHERE $1 = ANY(object_ids) ORDER BY created_at, id`;
      return (await database.pool.query(query, [id])).rows;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** What was done, or a failed test that says why it was refused. */
export function accepted<T>(outcome: T | Problem): T {
  if (isProblem(outcome)) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome;
}
