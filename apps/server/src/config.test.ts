import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, type Environment, readConfig } from './config.ts';
import { settings } from './settings.ts';

const secret = randomBytes(32).toString('base64');

function problemsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('O1: nothing needs to be set', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 8787,
    databaseUrl: undefined,
    redisUrl: undefined,
    corsOrigins: [],
    production: false,
    syncBeforeAnswer: false,
    warnings: [],
  });
});

test('D3: production needs a root secret, a random one', () => {
  expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
    expect.stringContaining('KEYWARD_SECRET is required'),
  ]);
  expect(problemsOf({ NODE_ENV: 'production', KEYWARD_SECRET: 'a'.repeat(40) })).toEqual([
    expect.stringContaining('too regular'),
  ]);
  expect(problemsOf({ NODE_ENV: 'production', KEYWARD_SECRET: secret })).toEqual([]);
});

test('C1: an alias that says something else, a wildcard in production, and what is no origin are refused', () => {
  expect(
    problemsOf({ CORS_ORIGINS: 'https://a.example', ALLOWED_ORIGINS: 'https://b.example' }),
  ).toHaveLength(1);
  expect(readConfig({ ALLOWED_ORIGINS: 'https://b.example, https://c.example' }).corsOrigins).toEqual([
    'https://b.example',
    'https://c.example',
  ]);
  expect(problemsOf({ NODE_ENV: 'production', KEYWARD_SECRET: secret, CORS_ORIGINS: '*' })).toHaveLength(1);
  expect(problemsOf({ CORS_ORIGINS: '*' })).toEqual([]);
  expect(problemsOf({ CORS_ORIGINS: 'https://a.example/' })).toHaveLength(1);
});

test('K8: links in mails begin with an origin that people reach: PUBLIC_URL, or where the node listens', () => {
  expect(readConfig({}).publicUrl).toBe('http://127.0.0.1:8787');
  expect(readConfig({ HOST: '::1', PORT: '80' }).publicUrl).toBe('http://[::1]:80');
  expect(readConfig({ PUBLIC_URL: 'https://keys.example.com/' }).publicUrl).toBe('https://keys.example.com');
  for (const wrong of ['keys.example.com', 'ftp://a.example', 'https://a.example/x', 'https://u:p@a.example'])
    expect(problemsOf({ PUBLIC_URL: wrong })).toEqual([expect.stringContaining('PUBLIC_URL')]);
});

test('D3: a secret may come from a file; set twice or unreadable is refused by name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-config-'));
  try {
    const file = join(folder, 'secret');
    writeFileSync(file, `${secret}\n`);
    expect(readConfig({ KEYWARD_SECRET_FILE: file }).secret).toBe(secret);
    expect(problemsOf({ KEYWARD_SECRET_FILE: file, KEYWARD_SECRET: secret })).toEqual([
      expect.stringContaining('both set'),
    ]);
    expect(problemsOf({ KEYWARD_SECRET_FILE: join(folder, 'nothing') })).toEqual([
      expect.stringContaining('ENOENT'),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('D3: no message repeats a value that may hold a password', () => {
  expect(
    problemsOf({
      DATABASE_URL: 'mysql://u:hunter2@h/d',
      REDIS_URL: 'http://hunter2',
      SMTP_URL: 'hunter2',
    }).join(),
  ).not.toContain('hunter2');
});

test('D3: the security contact is one e-mail address', () => {
  expect(readConfig({ SECURITY_CONTACT: 'security@example.com' }).securityContact).toBe(
    'security@example.com',
  );
  for (const wrong of ['nobody', 'https://example.com', 'Ada <ada@example.com>', 'a@b.c, d@e.f'])
    expect(problemsOf({ SECURITY_CONTACT: wrong })).toEqual([
      expect.stringContaining('SECURITY_CONTACT must be'),
    ]);
});

test('X2: every variable is listed once, and one that does nothing yet says so', () => {
  const names = settings.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(readConfig({ BETTER_AUTH_SECRET: 'x' }).warnings).toEqual([
    'BETTER_AUTH_SECRET is set and not used yet.',
  ]);
});

test('K10: what keys do while PostgreSQL is away is "refuse" or a time of at most a day', () => {
  const read = (KEYS_WHEN_STORE_IS_AWAY: string) =>
    readConfig({ KEYS_WHEN_STORE_IS_AWAY }).keysServedWhenAwayMs;
  expect([read(''), read('refuse'), read('serve:15m'), read('serve:24h')]).toEqual([
    0, 0, 900_000, 86_400_000,
  ]);
  for (const wrong of ['serve', 'serve:', 'serve:0m', 'serve:25h', 'serve:1d', 'serve:-1m', 'yes'])
    expect(problemsOf({ KEYS_WHEN_STORE_IS_AWAY: wrong })).toEqual([
      expect.stringContaining('KEYS_WHEN_STORE_IS_AWAY must be'),
    ]);
});

test('L4: limits by address and ranges that are never blocked are checked at the start', () => {
  expect(readConfig({})).toMatchObject({
    addressLimits: {
      keyless: { limit: 600, windowMs: 60_000 },
      failed: { limit: 30 },
      signIn: { limit: 10 },
    },
    neverBlock: [],
  });
  expect(readConfig({ ADDRESS_LIMITS: 'off' }).addressLimits).toBe('off');
  expect(readConfig({ NEVER_BLOCK: '192.0.2.1, 2001:db8::/32' }).neverBlock).toEqual([
    '192.0.2.1',
    '2001:db8::/32',
  ]);
  expect(problemsOf({ ADDRESS_LIMITS: 'keyless=many' })).toEqual([
    expect.stringContaining('ADDRESS_LIMITS: limit "many"'),
  ]);
  expect(problemsOf({ NEVER_BLOCK: '192.0.2.1/24' })).toEqual([expect.stringContaining('NEVER_BLOCK: ')]);
  expect(problemsOf({ TRUSTED_PROXIES: 'localhost' })).toEqual([
    expect.stringContaining('TRUSTED_PROXIES: '),
  ]);
});
