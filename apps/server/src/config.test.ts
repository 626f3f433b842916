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

test('X2: every variable is listed once, and one that does nothing yet says so', () => {
  const names = settings.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(readConfig({ S3_URL: 's3://x' }).warnings).toEqual(['S3_URL is set and not used yet.']);
});
