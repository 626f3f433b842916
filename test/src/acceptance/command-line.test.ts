import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import type { IssuedKey } from '../product/people-and-keys.ts';

let keyward: Keyward;
beforeAll(async () => {
  keyward = await Keyward.create();
});
afterAll(() => keyward[Symbol.asyncDispose]());

/** Whether a PostgreSQL works on the embedded database of a data folder. */
const isServed = (folder: string): boolean => existsSync(join(folder, 'postgres/data/postmaster.pid'));

const failure = async (...args: string[]) => {
  const { code, stderr, stdout } = await keyward.run(...args).then(
    () => ({ code: 0, stderr: '', stdout: '' }),
    (error: { code: number; stderr: string; stdout: string }) => error,
  );
  return { code, text: stderr + stdout };
};

describe('X2: the command line without a running server', () => {
  test('makes a person and a key, lists them, shows and revokes, and audits each of it', async () => {
    const { id: userId } = await keyward.cli<{ id: string }>(
      ...['users', 'create', '--email', 'ada@example.com', '--name', 'Ada', '--role', 'super_admin'],
    );
    const { id, key } = await keyward.cli<IssuedKey>(
      ...['keys', 'create', '--service', 'meterr', '--owner', 'ada@example.com', '--name', 'test'],
      ...['--scope', 'tokens:write', '--scope', 'tokens:read', '--limit', '1000/1h', '--expires-in', '90d'],
      ...['--allow-ip', '10.0.0.0/8', '--allow-origin', 'https://app.example.com'],
    );
    expect(key).toMatch(/^sk-meterr_(live|test)_[a-zA-Z0-9]{32}$/);
    expect(await keyward.cli('users', 'list')).toMatchObject({ data: [{ id: userId, role: 'super_admin' }] });
    const { data } = await keyward.cli<{ data: Record<string, unknown>[] }>(
      'keys',
      'list',
      '--owner',
      'ada@example.com',
    );
    expect(data).toMatchObject([
      {
        id,
        user_id: userId,
        scopes: ['tokens:read', 'tokens:write'],
        allowed_ips: ['10.0.0.0/8'],
        allowed_origins: ['https://app.example.com'],
      },
    ]);
    expect(JSON.stringify(data)).not.toContain(key);
    expect(await keyward.cli('keys', 'revoke', id)).toMatchObject({ id, revoked_at: expect.any(String) });
    expect(await keyward.cli('keys', 'show', id)).toMatchObject({
      id,
      revoked_at: expect.any(String),
      unused_scopes: [],
    });
    const audit = await keyward.cli<{ data: { action: string }[] }>('audit', 'search');
    expect(audit.data.map(({ action }) => action)).toEqual(['keys.revoke', 'keys.create', 'users.create']);
    // Each command starts the database and stops it again.
  }, 240_000);
});

describe('the command line beside a running server', () => {
  beforeAll(async () => {
    await keyward.start();
  });

  test('exports the audit log as JSON lines and as CSV', async () => {
    const lines = (await keyward.run('audit', 'export')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).toContain('users.create');
    const [head] = (await keyward.run('audit', 'export', '--format', 'csv')).stdout.split('\r\n');
    expect(head).toMatch(/^id,created_at,user_id,api_key,method,path,status/);
  });

  test.each([
    [['keys', 'create', '--service', 'meterr'], 2, /required option/],
    [
      [
        'keys',
        'create',
        '--service',
        'meterr',
        '--scope',
        'tokens:read',
        '--owner',
        'ada@example.com',
        '--name',
        'x',
        '--limit',
        'many',
      ],
      2,
      /limit/i,
    ],
    [
      [
        'keys',
        'create',
        '--service',
        'meterr',
        '--scope',
        'everything',
        '--owner',
        'ada@example.com',
        '--name',
        'x',
      ],
      1,
      /no scope everything of meterr; there are/,
    ],
    [
      [
        'keys',
        'create',
        '--service',
        'meterr',
        '--scope',
        'tokens:read',
        '--owner',
        'nobody@example.com',
        '--name',
        'x',
      ],
      1,
      /no person/,
    ],
    [['users', 'create', '--email', 'no address', '--name', 'x'], 2, /email/],
    [['users', 'create', '--email', 'ada@example.com', '--name', 'Ada'], 1, /exists already/],
    [['keys', 'revoke', 'nothing'], 1, /no key nothing/],
    [['nonsense'], 2, /unknown command/],
  ])('%j ends with %i and says why', async (args, code, text) => {
    expect(await failure(...args)).toMatchObject({ code, text: expect.stringMatching(text) });
  });

  test('O1: a second node on the same data folder is refused by name', async () => {
    await using second = await Keyward.create({ environment: { KEYWARD_DATA: keyward.dataFolder } });
    await expect(second.start()).rejects.toThrow(/already|another node|in use/i);
    expect((await keyward.fetch('/healthz')).status).toBe(200);
  });
});

describe('O2: stopping', () => {
  test('two signals at once, as Ctrl-C under npm sends them, are one graceful stop', async () => {
    await using node = await (await Keyward.create()).start();
    expect(await node.interrupt()).toBe(0);
    expect(node.output).toContain('"stopped"');
  });

  test('a port that is in use is said so, and nothing is left running', async () => {
    await using first = await (await Keyward.create()).start();
    await using second = await Keyward.create({ environment: { PORT: new URL(first.url).port } });
    await expect(second.start()).rejects.toThrow(/port is in use; set PORT/);
    await expect.poll(() => isServed(second.dataFolder), { timeout: 50_000 }).toBe(false);
  });
});

describe('D3: a configuration that is wrong', () => {
  test('is refused with everything that is wrong in one list, without showing a secret', async () => {
    const password = randomBytes(8).toString('hex');
    await using broken = await Keyward.create({
      environment: {
        NODE_ENV: 'production',
        PORT: 'eighty',
        DATABASE_URL: `mysql://root:${password}@db/x`,
        KEYWARD_SECRET: 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789',
        CORS_ORIGINS: '*,https://a.example/path',
        TRUSTED_PROXIES: '10.0.0.0/99',
        ENCRYPTION_KEY: 'x',
        LOG_LEVEL: 'loud',
      },
    });
    const message = await broken.start().then(
      () => '',
      (error: Error) => error.message,
    );
    for (const name of [
      'PORT',
      'DATABASE_URL',
      'KEYWARD_SECRET',
      'CORS_ORIGINS',
      'TRUSTED_PROXIES',
      'ENCRYPTION_KEY',
      'LOG_LEVEL',
    ]) {
      expect(message).toContain(name);
    }
    expect(message).not.toContain(password);
  });
});
