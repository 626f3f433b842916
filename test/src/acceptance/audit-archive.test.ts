import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';

let keyward: Keyward;
let database: Awaited<ReturnType<typeof createOwnDatabase>>;
beforeAll(async () => {
  database = await createOwnDatabase(inject('postgresUrl'));
  keyward = await Keyward.create({ environment: { DATABASE_URL: database.url } });
  await keyward.start();
  await createPerson(keyward, 'ada', 'super_admin');
});
afterAll(async () => {
  await keyward[Symbol.asyncDispose]();
  await database.drop();
});

/** Several processes one after the other, on machines that have other work too. */
const slow = { timeout: 240_000 };

const lines = (stdout: string): { kind: string }[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string });

test('A5: a log that is kept online for less than 90 days is refused at start', async () => {
  const short = await Keyward.create({
    environment: { DATABASE_URL: database.url, KEYWARD_DATA: keyward.dataFolder, AUDIT_ONLINE_DAYS: '89' },
  });
  await expect(short.run('config')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('AUDIT_ONLINE_DAYS must be a number of days, 90 or more, not 89'),
  });
});

test('A5: an old month is shown, archived, and gone from the database', slow, async () => {
  await query(database.url, `SELECT keyward_ensure_audit_partition('2001-03-01')`);
  await query(
    database.url,
    `INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, request_id, action, ip)
     VALUES ('old', '2001-03-05', 'GET', '/', 200, 1, 'r', 'a', '203.0.113.9')`,
  );
  expect(await keyward.cli('audit', 'archive', '--dry-run', '--json')).toEqual({
    data: [{ month: '2001-03', waits_for: [] }],
  });
  // The sequencer of the running node comes to it within seconds.
  await expect
    .poll(() => keyward.cli<{ archived: unknown[] }>('audit', 'archive', '--month', '2001-03'), {
      timeout: 120_000,
    })
    .toMatchObject({ archived: [{ month: '2001-03', rows: 1 }], blocked: [] });
  expect(readdirSync(join(keyward.dataFolder, 'archives'))).toHaveLength(2);
  expect(await query(database.url, `SELECT to_regclass('audit_logs_2001_03') AS name`)).toEqual([
    { name: null },
  ]);
});

test('A5: a person is given what is held about them, and is then erased', slow, async () => {
  const bob = await createPerson(keyward, 'bob');
  const { key } = await issueKey(keyward, 'bob');
  await keyward.fetch('/api/metadata', {
    headers: { authorization: `Bearer ${key}`, 'user-agent': 'bobs own' },
  });

  const held = await keyward.run('users', 'export', 'bob@example.com');
  expect(new Set(lines(held.stdout).map(({ kind }) => kind))).toEqual(new Set(['person', 'key', 'audit']));
  expect(held.stdout).toContain('bobs own');
  expect(held.stdout).not.toContain(key);

  await expect(keyward.run('users', 'erase', bob)).rejects.toMatchObject({
    stderr: expect.stringContaining('add --yes'),
  });
  expect(await keyward.cli('users', 'erase', bob, '--force', '--yes')).toMatchObject({ id: bob });
  const after = await keyward.run('users', 'export', bob);
  expect(after.stdout).not.toMatch(/bobs own|127\.0\.0\.1|b\*\*/);
  expect(
    await query(
      database.url,
      `SELECT path FROM audit_logs WHERE action = 'users.erase' AND object_ids = ARRAY[$1]`,
      [bob],
    ),
  ).toEqual([{ path: 'cli' }]);
});
