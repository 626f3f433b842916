import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock as clock } from '../clock.ts';
import { openKeyring } from '../encryption/keyring.ts';
import { rootKeyFrom } from '../encryption/root-secret.ts';
import { createUser } from '../people/user.ts';
import { isProblem } from '../reply.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type CreateKeyDeps, createKey, type NewKey } from './create-key.ts';
import { showKey } from './list-keys.ts';
import { revokeKey } from './revoke-key.ts';
import { updateKey } from './update-key.ts';

let database: TestDatabase;
let deps: CreateKeyDeps;
const onConsole = { via: 'cli' } as const;

beforeAll(async () => {
  database = await createTestDatabase();
  const keyring = await openKeyring(database, rootKeyFrom('root'), clock);
  const scopes = new Map([
    ['meterr', { 'tokens:write': '', 'tokens:read': '' }],
    ['control', { 'keys:read': '', 'keys:write': '' }],
  ]);
  deps = { database, keyring, clock, scopes };
  await createUser(
    database,
    { email: 'ada@example.com', name: 'Ada', role: 'super_admin' },
    onConsole,
    clock,
  );
});
afterAll(() => database[Symbol.asyncDispose]());

async function issue(more: Partial<NewKey> = {}): Promise<string> {
  const wanted = { owner: 'ada@example.com', name: 'ci', service: 'meterr', environment: 'live' as const };
  const created = await createKey(deps, { ...wanted, scopes: ['tokens:write'], ...more }, onConsole);
  if (isProblem(created)) throw new Error(created.detail);
  return created.row.id;
}

const hostile: [string, object, string][] = [
  ...[
    '1.2.3.999',
    '10.0.0.0/33',
    '::/129',
    '010.0.0.1',
    'fe80::1%eth0',
    '1.2.3',
    '0x7f.1',
    '1.2.3.4/',
    ' 1.2.3.4',
  ]
    .concat('::ffff:1.2.3.4/200', '1.2.3.4/8/8', '*', '1.2.3.4,5.6.7.8', 'localhost')
    .map((range): [string, object, string] => [range, { allowedIps: ['10.0.0.1', range] }, '/allowed_ips/1']),
  ...['https://a.test/', 'https://a.test/path', 'a.test', 'null', '*', 'https://*.a.test', 'ftp://a.test']
    .concat(
      'https://user@a.test',
      'https://a.test#x',
      'https://a.test?x',
      'https://A.test',
      'https://a.test:443',
    )
    .map((origin): [string, object, string] => [origin, { allowedOrigins: [origin] }, '/allowed_origins/0']),
  ['keys:write', { scopes: ['tokens:read', 'keys:write'] }, '/scopes/1'],
  ['__proto__', { scopes: ['__proto__'] }, '/scopes/0'],
  ['*', { scopes: ['*'] }, '/scopes/0'],
];

describe('updateKey', () => {
  test.each(hostile)(
    'K6: %j is refused by its pointer, and nothing is changed',
    async (_name, changes, pointer) => {
      const id = await issue({ allowedIps: ['192.0.2.0/24'] });
      const before = await showKey(database.orm, id);
      const refused = await updateKey(deps, id, { name: 'changed', ...changes }, onConsole);
      expect(refused).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
      expect(await showKey(database.orm, id)).toEqual(before);
      const created = await createKey(
        deps,
        {
          owner: 'ada@example.com',
          name: 'x',
          service: 'meterr',
          environment: 'live',
          scopes: ['tokens:read'],
          ...changes,
        },
        onConsole,
      );
      expect(created).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
    },
  );

  test('K6: what is set is set, null takes away, what is left out stays', async () => {
    const id = await issue({ allowedIps: ['192.0.2.0/24'], expiresInMs: 60_000, usesMax: 5 });
    const set = await updateKey(
      deps,
      id,
      { allowedOrigins: ['https://a.test'], scopes: ['tokens:read', 'tokens:read'], usesMax: 9 },
      onConsole,
    );
    expect(set).toMatchObject({
      allowedIps: ['192.0.2.0/24'],
      allowedOrigins: ['https://a.test'],
      scopes: ['tokens:read'],
      usesMax: 9,
      used: 0,
      name: 'ci',
    });
    const removed = await updateKey(
      deps,
      id,
      { allowedIps: null, allowedOrigins: null, expiresInMs: null, usesMax: null, limits: null },
      onConsole,
    );
    expect(removed).toMatchObject({
      allowedIps: null,
      allowedOrigins: null,
      expiresAt: null,
      usesMax: null,
      limits: null,
    });
  });

  test('A1: a change is in the audit log with before and after', async () => {
    const id = await issue({ usesMax: 5 });
    await updateKey(deps, id, { name: 'renamed', usesMax: 6 }, onConsole);
    const { rows } = await database.pool.query(
      `SELECT before, after FROM audit_logs WHERE action = 'keys.update' AND object_ids = ARRAY[$1]`,
      [id],
    );
    expect(rows).toEqual([{ before: { name: 'ci', usesMax: 5 }, after: { name: 'renamed', usesMax: 6 } }]);
  });

  test('a revoked key stays as it is; there is no key that is not there', async () => {
    const id = await issue();
    await revokeKey(database, id, onConsole, clock);
    expect(await updateKey(deps, id, { name: 'x' }, onConsole)).toMatchObject({ code: 'conflict' });
    expect(await updateKey(deps, 'none', { name: 'x' }, onConsole)).toMatchObject({ code: 'not_found' });
  });

  test('K4: an admin cannot give a control key more than it has; a super_admin can', async () => {
    const id = await issue({ service: 'control', scopes: ['keys:read'] });
    const wider = { scopes: ['keys:read', 'keys:write'] };
    const byAdmin = await updateKey(deps, id, wider, { via: 'api', role: 'admin' });
    expect(byAdmin).toMatchObject({ code: 'insufficient_permissions' });
    expect(await showKey(database.orm, id)).toMatchObject({ scopes: ['keys:read'] });
    expect(await updateKey(deps, id, wider, { via: 'api', role: 'super_admin' })).toMatchObject(wider);
  });
});
