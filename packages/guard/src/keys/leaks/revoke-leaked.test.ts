import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { apiKeys, users } from '../../database/schema.ts';
import { type Keyring, openKeyring } from '../../encryption/keyring.ts';
import { rootKeyFrom } from '../../encryption/root-secret.ts';
import { notifications } from '../../notify/schema.ts';
import { createUser } from '../../people/user.ts';
import { isProblem, type Problem, refuse } from '../../reply.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { createKey, newKeySchema } from '../create-key.ts';
import { generateApiKey } from '../format.ts';
import { ownKeys } from '../own-keys.ts';
import { keyLookup } from '../stored-key.ts';
import type { LeakPolicy } from './leak-policy.ts';
import { type PresentedKey, type RevokeLeakedDeps, revokeLeaked } from './revoke-leaked.ts';

let database: TestDatabase;
let keyring: Keyring;
let deps: RevokeLeakedDeps;
let lookUps = 0;
const clock = fakeClock();
const byConsole = { via: 'cli' } as const;

beforeAll(async () => {
  database = await createTestDatabase();
  keyring = await openKeyring(database, rootKeyFrom('root'), clock);
  const lookUp = keyLookup(database);
  const counted: typeof lookUp = (hashes) => {
    lookUps += 1;
    return lookUp(hashes);
  };
  deps = {
    database,
    keyring,
    clock,
    finders: [ownKeys(keyring, counted)],
    securityContact: 'security@example.com',
  };
  for (const [name, role] of [
    ['ada', 'user'],
    ['root', 'super_admin'],
  ] as const) {
    const made = await createUser(database, { email: `${name}@example.com`, name, role }, byConsole, clock);
    if (isProblem(made)) throw new Error(made.code);
  }
});
beforeEach(async () => {
  lookUps = 0;
  await database.orm.delete(notifications);
});
afterAll(() => database[Symbol.asyncDispose]());

async function issue(more: object = {}) {
  const wanted = {
    owner: 'ada@example.com',
    name: 'ci',
    service: 'meterr',
    environment: 'live',
    scopes: ['a:b'],
  };
  const scopes = new Map([
    ['meterr', { 'a:b': '' }],
    ['control', { 'a:b': '' }],
  ]);
  const made = await createKey(
    { database, keyring, clock, scopes },
    newKeySchema.parse({ ...wanted, ...more }),
    byConsole,
  );
  if (isProblem(made)) throw new Error(JSON.stringify(made));
  return { key: made.key, id: made.row.id };
}

function report(
  keys: readonly (string | PresentedKey)[],
  { policy = 'revoke', by = 'holder' }: { policy?: LeakPolicy; by?: 'holder' | 'github' } = {},
) {
  const presented = keys.map((key) => (typeof key === 'string' ? { text: key } : key));
  const actor = { via: 'api', requestId: 'request-1', ip: '203.0.113.9' } as const;
  return revokeLeaked(deps, presented, { by, policy, actor, clientAddress: '203.0.113.9' });
}

async function outcomes(...given: Parameters<typeof report>): Promise<string[]> {
  const results = await report(...given);
  if (isProblem(results)) throw new Error(results.code);
  return results.map(({ outcome }) => outcome);
}

const rowOf = async (id: string) => (await database.orm.select().from(apiKeys).where(eq(apiKeys.id, id)))[0];
const mails = async () =>
  (await database.orm.select().from(notifications)).map(({ recipient, content }) => ({
    recipient,
    ...content,
  }));
const audit = async () =>
  (await database.pool.query(`SELECT * FROM audit_logs WHERE action = 'keys.leaked' ORDER BY id`)).rows;

describe('K12: a key that is presented as leaked', () => {
  test('is revoked; its owner, the super_admins and the security contact are told', async () => {
    const { key, id } = await issue();
    const secret = key.slice(key.lastIndexOf('_') + 5, -4);
    const results = await report([{ text: key, foundAt: `https://paste.example/${key}` }]);
    expect(results).toEqual([
      { prefix: key.slice(0, 19), lastFour: key.slice(-4), outcome: 'revoked', keyId: id },
    ]);
    expect((await rowOf(id))?.revokedAt).toEqual(new Date(clock.now()));
    const told = await mails();
    expect(told.map(({ recipient }) => recipient).sort()).toEqual([
      'ada@example.com',
      'root@example.com',
      'security@example.com',
    ]);
    const entry = (await audit()).at(-1);
    expect(entry).toMatchObject({
      object_ids: [id],
      request_id: 'request-1',
      ip: '203.0.113.9',
      after: { source: 'holder', keys: [{ id, outcome: 'revoked' }] },
    });
    expect(entry.after.keys[0].foundAt).toMatch(/^https:\/\/paste\.example\/sk-met\.\.\./);
    expect(JSON.stringify([told, entry, results])).not.toContain(secret);
    // The words of a stranger could be a lure.
    expect(JSON.stringify(told)).not.toContain('paste.example');
  });

  test('is reported dead the next time, and nobody hears of it again', async () => {
    const { key } = await issue();
    expect(await outcomes([key])).toEqual(['revoked']);
    const before = (await audit()).length;
    const mailsBefore = (await mails()).length;
    expect(await outcomes([key, key])).toEqual(['already_dead', 'already_dead']);
    expect((await audit()).length).toBe(before);
    expect((await mails()).length).toBe(mailsBefore);
  });

  test('that has expired stays dead for good, and no mail goes out', async () => {
    const { key, id } = await issue({ expiresInMs: 1000 });
    clock.advance(2000);
    expect(await outcomes([key])).toEqual(['already_dead']);
    expect((await rowOf(id))?.revokedAt).not.toBeNull();
    expect(await mails()).toEqual([]);
  });

  test('results keep the order; invented, unknown and malformed are the same, and an invention costs no look-up', async () => {
    const { key, id } = await issue();
    const unknown = generateApiKey('meterr', 'live', keyring.primary('checksum'));
    const invented = `sk-meterr_live_${'A'.repeat(32)}`;
    const results = await report([invented, key, unknown, 'hello', key]);
    expect(results).toMatchObject([
      { outcome: 'unknown', prefix: 'sk-meterr_live_AAAA', lastFour: 'AAAA' },
      { outcome: 'revoked', keyId: id },
      { outcome: 'unknown', prefix: unknown.slice(0, 19) },
      { outcome: 'unknown', prefix: '', lastFour: '' },
      { outcome: 'revoked', keyId: id },
    ]);
    expect(lookUps).toBe(2);
    expect((results as object[]).filter((result) => 'keyId' in result)).toHaveLength(2);
    lookUps = 0;
    await report([invented, 'x']);
    expect(lookUps).toBe(0);
  });

  test('an owner whose address takes no mail keeps no key alive', async () => {
    const { key, id } = await issue();
    await database.orm.update(users).set({ email: 'no address' }).where(eq(users.name, 'ada'));
    expect(await outcomes([key])).toEqual(['revoked']);
    await database.orm.update(users).set({ email: 'ada@example.com' }).where(eq(users.name, 'ada'));
    expect((await rowOf(id))?.revokedAt).not.toBeNull();
    expect((await mails()).map(({ recipient }) => recipient)).toContain('root@example.com');
  });

  test('many at once become one audit entry and one mail to each operator', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => issue()));
    await report(keys.map(({ key }) => key));
    const ids = keys.map(({ id }) => id);
    const entries = (await audit()).filter(({ object_ids }) => object_ids.includes(ids[0]));
    expect(entries.map(({ object_ids }) => new Set(object_ids))).toEqual([new Set(ids)]);
    expect((await mails()).filter(({ recipient }) => recipient === 'root@example.com')).toHaveLength(1);
  });

  test('two reports at the same time end it once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => issue()));
    const texts = keys.map(({ key }) => key);
    const both = await Promise.all([report(texts), report([...texts].reverse())]);
    const all = both.flatMap((results) => (isProblem(results) ? [] : results));
    expect(all.filter(({ outcome }) => outcome === 'revoked')).toHaveLength(8);
    expect(all.filter(({ outcome }) => outcome === 'already_dead')).toHaveLength(8);
  });

  test('nothing is done when a look-up may not be made now', async () => {
    const { key, id } = await issue();
    const busy: Problem = refuse('too_many_attempts');
    const finders = [{ canBe: (text: string) => text === 'busy', find: async () => busy }, ...deps.finders];
    const reporter = { by: 'holder', policy: 'revoke', actor: byConsole, clientAddress: '::1' } as const;
    expect(await revokeLeaked({ ...deps, finders }, [{ text: key }, { text: 'busy' }], reporter)).toBe(busy);
    expect((await rowOf(id))?.revokedAt).toBeNull();
  });
});

describe('K12: the policy for what others report', () => {
  test('rotate: the key stops at once, its successor waits for its owner', async () => {
    const { key, id } = await issue();
    expect(
      await outcomes([{ text: key, foundAt: 'https://github.com/x' }], { policy: 'rotate', by: 'github' }),
    ).toEqual(['rotated']);
    expect(await rowOf(id)).toMatchObject({ isActive: false });
    const { rows } = await database.pool.query('SELECT reason FROM key_rotations WHERE old_key_id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ reason: 'leaked' }]);
    const ada = (await mails()).filter(({ recipient }) => recipient === 'ada@example.com');
    expect(ada).toHaveLength(2);
    expect(JSON.stringify(ada)).toContain('{{claim:');
    expect(JSON.stringify(ada)).toContain('https://github.com/x');
    expect(await outcomes([key], { policy: 'rotate', by: 'github' })).toEqual(['already_dead']);
  });

  test('rotate: a key that cannot be rotated is revoked', async () => {
    const { key, id } = await issue({ owner: 'root@example.com', service: 'control' });
    expect(await outcomes([key], { policy: 'rotate', by: 'github' })).toEqual(['revoked']);
    expect((await rowOf(id))?.revokedAt).not.toBeNull();
  });

  test('notify: the key lives on, and people are told once', async () => {
    const { key, id } = await issue();
    expect(await outcomes([key], { policy: 'notify', by: 'github' })).toEqual(['notified']);
    expect(await outcomes([key], { policy: 'notify', by: 'github' })).toEqual(['notified']);
    expect((await rowOf(id))?.revokedAt).toBeNull();
    expect((await mails()).map(({ recipient }) => recipient).sort()).toEqual([
      'ada@example.com',
      'root@example.com',
      'security@example.com',
    ]);
    expect((await audit()).filter(({ object_ids }) => object_ids.includes(id))).toHaveLength(1);
  });
});
