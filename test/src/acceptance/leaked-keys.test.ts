import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditRows } from '../product/audit-rows.ts';
import { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';

let keyward: Keyward;
let folder: string;
let living: IssuedKey;
let dead: IssuedKey;

beforeAll(async () => {
  keyward = await (await Keyward.create()).start();
  folder = await mkdtemp(join(tmpdir(), 'keyward-leaked-'));
  await createPerson(keyward, 'ada');
  [living, dead] = [await issueKey(keyward, 'ada'), await issueKey(keyward, 'ada')];
  await keyward.cli('keys', 'revoke', dead.id);
  const git = (...args: string[]) =>
    promisify(execFile)('git', [
      '-C',
      folder,
      '-c',
      'user.email=a@example.com',
      '-c',
      'user.name=A',
      ...args,
    ]);
  await git('init', '--quiet');
  await writeFile(join(folder, 'old.env'), `A=1\nKEY=${dead.key}\n`);
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'one');
  await git('rm', '--quiet', 'old.env');
  await git('commit', '--quiet', '-m', 'two');
  await writeFile(join(folder, `${living.key}\n.txt`), `${living.key} sk-metadata_live_${'A'.repeat(32)}\n`);
});
afterAll(async () => {
  await keyward[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Scan {
  readonly code: number;
  readonly stderr: string;
  readonly stdout: string;
  readonly found: { data: Record<string, unknown>[]; lookalikes: number };
}

async function scan(...args: string[]): Promise<Scan> {
  const { code, stdout, stderr } = await keyward.run('keys', 'scan', ...args).then(
    (output) => ({ code: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  for (const { key } of [living, dead]) expect(stdout + stderr).not.toContain(key.slice(8, -6));
  return { code, stdout, stderr, found: stdout === '' ? { data: [], lookalikes: 0 } : JSON.parse(stdout) };
}

const verify = async (key: string) =>
  (await keyward.fetch('/v1/auth/verify', { headers: { 'x-api-key': key } })).status;

// Commands are processes of their own.
describe('K12: keyward keys scan, while a server runs', { timeout: 240_000 }, () => {
  test('finds living and dead keys, names their owners, shows none, and ends with 1', async () => {
    const { code, stderr, found } = await scan(folder);
    expect(code).toBe(1);
    expect(stderr).toContain('2 keys in 2 places');
    expect(found.lookalikes).toBe(1);
    const mask = ({ key }: IssuedKey) => `${key.slice(0, 6)}...${key.slice(-4)}`;
    expect(found.data).toMatchObject([
      {
        key: mask(living),
        state: 'active',
        id: living.id,
        owner_id: expect.any(String),
        commit: null,
        line: 1,
      },
      {
        key: mask(dead),
        state: 'revoked',
        id: dead.id,
        file: 'old.env',
        commit: expect.any(String),
        line: 2,
      },
    ]);
  });

  test('without the database goes by the form; with --all tells what only looks like a key', async () => {
    const byForm = await scan(folder, '--no-database', '--no-history');
    expect(byForm.found.data.map(({ state }) => state)).toEqual(['unchecked', 'unchecked']);
    const all = await scan(folder, '--all', '--no-history');
    expect(all.found.data.map(({ state }) => state)).toEqual(['active', 'lookalike']);
  });

  test('0 when nothing is found, 2 when the question makes no sense', async () => {
    expect((await scan(folder, '--exclude', '*.txt', '--exclude', '*.env')).code).toBe(0);
    expect(await scan(join(folder, 'nothing'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no'),
    });
    expect((await scan(folder, '--revoke', '--no-database')).code).toBe(2);
    expect((await scan()).code).toBe(2);
  });

  test('--revoke stops the living ones on the running server', async () => {
    expect(await verify(living.key)).toBe(200);
    const { found } = await scan(folder, '--revoke');
    expect(found.data).toMatchObject([
      { state: 'revoked', revoked_now: true },
      { state: 'revoked', revoked_now: false },
    ]);
    await expect.poll(() => verify(living.key), { timeout: 20_000 }).toBe(401);
  });
});

describe('K12: POST /v1/keys/revoke-leaked', () => {
  test('a stranger who has a key stops it, without any other credential', async () => {
    const { key } = await issueKey(keyward, 'ada');
    expect(await verify(key)).toBe(200);
    const response = await keyward.fetch('/v1/keys/revoke-leaked', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ keys: [key] }),
    });
    expect(await response.json()).toMatchObject({ data: [{ result: 'revoked', last_four: key.slice(-4) }] });
    await expect.poll(() => verify(key), { timeout: 20_000 }).toBe(401);
    expect(keyward.output).not.toContain(key.slice(-12));
    const data = await auditRows<{ action: string }>(keyward);
    expect(data.map(({ action }) => action)).toContain('keys.leaked');
    expect(JSON.stringify(data)).not.toContain(key.slice(-12));
  });

  test('a report in the name of GitHub without a signature is refused, and no one is asked', async () => {
    const response = await keyward.fetch('/v1/keys/leaks/github', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[]',
    });
    expect(response.status).toBe(401);
  });
});
