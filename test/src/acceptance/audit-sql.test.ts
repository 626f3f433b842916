import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';

// What the checklists tell an operator to type into psql, as it is written there.

let database: Awaited<ReturnType<typeof createOwnDatabase>>;
let keyward: Keyward;
let busy: IssuedKey;
let quiet: IssuedKey;
let leaked: IssuedKey;

beforeAll(async () => {
  database = await createOwnDatabase(inject('postgresUrl'));
  keyward = await (await Keyward.create({ environment: { DATABASE_URL: database.url } })).start();
  await createPerson(keyward, 'ada', 'admin');
  [busy, quiet, leaked] = await Promise.all([
    issueKey(keyward, 'ada'),
    issueKey(keyward, 'ada'),
    issueKey(keyward, 'ada'),
  ]);
  for (let i = 0; i < 101; i++) await use(busy, '/api/metadata/none');
  for (let i = 0; i < 3; i++) await use(quiet, '/api/metadata/none');
  await use(quiet, '/api/metadata');
  const shipped = async () =>
    (
      await query<{ n: number }>(
        database.url,
        'SELECT count(*)::int AS n FROM audit_logs WHERE api_key IS NOT NULL',
      )
    )[0]?.n;
  await vi.waitUntil(async () => (await shipped()) === 105, { timeout: 60_000, interval: 200 });
});
afterAll(async () => {
  await keyward[Symbol.asyncDispose]();
  await database.drop();
});

async function use({ key }: IssuedKey, path: string): Promise<number> {
  const answer = await keyward.fetch(path, { headers: { authorization: `Bearer ${key}` } });
  await answer.arrayBuffer();
  return answer.status;
}

test('A6: "Find API key usage": requests and last use of each key', async () => {
  const rows = await query(
    database.url,
    `-- Find API key usage
SELECT api_key, COUNT(*) as request_count, MAX(created_at) as last_used
FROM audit_logs
WHERE api_key IS NOT NULL
GROUP BY api_key
ORDER BY last_used DESC;`,
  );
  expect(rows).toEqual([
    { api_key: quiet.id, request_count: '4', last_used: expect.any(Date) },
    { api_key: busy.id, request_count: '101', last_used: expect.any(Date) },
  ]);
});

test('A6: "Find suspicious patterns": the keys with more than 100 errors', async () => {
  const rows = await query(
    database.url,
    `-- Find suspicious patterns
SELECT api_key, COUNT(*) as error_count
FROM audit_logs
WHERE status >= 400
GROUP BY api_key
HAVING COUNT(*) > 100
ORDER BY error_count DESC;`,
  );
  expect(rows).toEqual([{ api_key: busy.id, error_count: '101' }]);
});

test('A6, K10: "Compromised API Key Response": the key is revoked, and its last day is read', async () => {
  expect(await use(leaked, '/api/metadata')).toBe(200);
  // The sample's own name of a key is a text like any other: nothing has it, and nothing goes wrong.
  const samples = (id: string): [string, string] => [
    `UPDATE api_keys SET revoked_at = NOW() WHERE id = '${id}';`,
    `SELECT * FROM audit_logs WHERE api_key = '${id}' AND created_at > NOW() - INTERVAL '1 day';`,
  ];
  for (const statement of samples('compromised_key'))
    expect(await query(database.url, statement)).toEqual([]);
  const [revoke, lastDay] = samples(leaked.id);
  await query(database.url, revoke);
  await expect.poll(() => use(leaked, '/api/metadata'), { timeout: 10_000 }).toBe(401);
  await expect
    .poll(async () => (await query<{ status: number }>(database.url, lastDay)).map((row) => row.status), {
      timeout: 20_000,
    })
    .toContain(200);
});
