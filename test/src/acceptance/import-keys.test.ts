import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';

let keyward: Keyward;
let folder: string;
let root: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-import-'));
  keyward = await (await Keyward.create()).start();
  await createPerson(keyward, 'ada');
  await createPerson(keyward, 'root', 'super_admin');
  await createPerson(keyward, 'admin', 'admin');
  root = (await issueKey(keyward, 'root', { service: 'control' })).key;
});
afterAll(async () => {
  await keyward[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Commands are processes of their own. */
const slow = { timeout: 240_000 };

const acme = ['--pattern', 'acme_[a-z0-9]{32}', '--prefix-length', '9'];
const defaults = [
  '--owner',
  'ada@example.com',
  '--service',
  'meterr',
  '--env',
  'live',
  '--scope',
  'tokens:read',
];
const foreignKey = () => `acme_${randomBytes(16).toString('hex')}`;
const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');

async function fileOf(...lines: object[]): Promise<string> {
  const path = join(folder, `${randomBytes(4).toString('hex')}.jsonl`);
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

const verify = async (key: string) =>
  (await keyward.fetch('/v1/auth/verify', { headers: { authorization: `Bearer ${key}` } })).status;

function post(body: object, key = root): Promise<Response> {
  return keyward.fetch('/v1/control/keys/imports', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

test(
  'K13: keys imported on the console work on the running node; the same file again is harmless',
  slow,
  async () => {
    const keys = [foreignKey(), foreignKey()] as const;
    const lines = keys.map((key, i) => ({ name: `old ${i}`, hash: sha256(key) }));
    const file = await fileOf(...lines);
    const dry = await keyward.cli('keys', 'import', file, ...acme, ...defaults, '--dry-run');
    expect(dry).toEqual({ imported: 2, skipped: 0, import_id: null, skipped_lines: [] });
    expect(await verify(keys[0])).toBe(401);
    const done = await keyward.cli('keys', 'import', file, ...acme, ...defaults);
    expect(done).toMatchObject({ imported: 2, skipped: 0, import_id: expect.any(String) });
    await vi.waitFor(async () => expect(await verify(keys[0])).toBe(200), { timeout: 30_000, interval: 250 });
    expect(await verify(keys[1])).toBe(200);
    expect(await keyward.cli('keys', 'import', file, ...acme, ...defaults)).toMatchObject({
      imported: 0,
      skipped: 2,
    });
  },
);

test('K13: wrong lines are listed, twenty at most, with exit code 1; nothing is imported', slow, async () => {
  const lines = Array.from({ length: 25 }, (_, i) => ({ name: 'x', hash: `${i}` }));
  const file = await fileOf({ name: 'good', hash: sha256('good') }, ...lines);
  const failed = await keyward.run('keys', 'import', file, ...acme, ...defaults).catch((error) => error);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('25 lines are wrong');
  expect(failed.stderr.match(/^ {2}line \d+: \/hash/gm)).toHaveLength(20);
  expect(failed.stderr).toContain('and 5 more lines');
  const { data } = await keyward.cli<{ data: { name: string }[] }>(
    'keys',
    'list',
    '--owner',
    'ada@example.com',
  );
  expect(data.map(({ name }) => name)).not.toContain('good');
});

test('K13: a super_admin imports over the API; what is wrong is named by a pointer; an admin may not', async () => {
  const key = foreignKey();
  const line = {
    ...{ name: 'by api', owner: 'ada@example.com', service: 'meterr', environment: 'test' },
    ...{ scopes: ['tokens:read'], hash: sha256(key) },
  };
  const wanted = { pattern: acme[1], prefix_length: 9 };
  const wrong = await post({ ...wanted, keys: [line, { ...line, scopes: ['tokens:fly'] }] });
  expect(wrong.status).toBe(422);
  expect(await wrong.json()).toMatchObject({ errors: [{ pointer: '/keys/1/scopes/0' }] });
  const done = await post({ ...wanted, keys: [line] });
  expect([done.status, await done.json()]).toMatchObject([200, { imported: 1, skipped: 0 }]);
  await vi.waitFor(async () => expect(await verify(key)).toBe(200), { timeout: 30_000, interval: 250 });
  expect((await post({ ...wanted, keys: [] })).status).toBe(422);
  const admin = await issueKey(keyward, 'admin', { service: 'control' });
  expect((await post({ ...wanted, keys: [line] }, admin.key)).status).toBe(403);
});
