import { randomBytes } from 'node:crypto';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';
import { inRotation } from './in-rotation.ts';
import type { Operation } from './operation.ts';

/** The names under which the figures are found again; `64` and `1`: how many are in flight. */
export const betterAuthNames = {
  unlimited64: 'Better Auth verifyApiKey, its limits off, 64 in flight',
  unlimited1: 'Better Auth verifyApiKey, its limits off, one at a time',
  limited64: 'Better Auth verifyApiKey, 64 in flight',
  limited1: 'Better Auth verifyApiKey, one at a time',
} as const;

const databaseName = 'better_auth';
const connectionsMax = 20;

export interface BetterAuthOperations {
  readonly operations: readonly Operation[];
  close(): Promise<void>;
}

/**
 * P5: the key plugin of Better Auth on the same PostgreSQL, in a database of its own with the tables that its own
 * migration makes. Its limits are on by default (10 a day for each key, here so many that nobody reaches them).
 */
export async function betterAuthOperations(
  databaseUrl: string,
  keyCount: number,
): Promise<BetterAuthOperations> {
  const pool = new pg.Pool({ connectionString: await makeDatabase(databaseUrl), max: connectionsMax });
  const limited = auth(pool, true);
  const unlimited = auth(pool, false);
  const migrations = await getMigrations(limited.options);
  await migrations.runMigrations();
  const keys = await createKeys(limited, keyCount);
  const operation = (name: string, verifier: Auth, inFlight: number): Operation =>
    inRotation({ name, keys, inFlight, verify: (key) => verify(verifier, key) });
  return {
    operations: [
      operation(betterAuthNames.unlimited64, unlimited, 64),
      operation(betterAuthNames.unlimited1, unlimited, 1),
      operation(betterAuthNames.limited64, limited, 64),
      operation(betterAuthNames.limited1, limited, 1),
    ],
    close: () => pool.end(),
  };
}

type Auth = ReturnType<typeof auth>;

function auth(pool: pg.Pool, limitsAreOn: boolean) {
  return betterAuth({
    database: pool,
    baseURL: 'http://127.0.0.1',
    secret: randomBytes(32).toString('hex'),
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [apiKey({ rateLimit: { enabled: limitsAreOn, maxRequests: 1_000_000_000 } })],
  });
}

async function makeDatabase(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${databaseName}`);
  } finally {
    await client.end();
  }
  const url = new URL(databaseUrl);
  url.pathname = `/${databaseName}`;
  return url.href;
}

async function createKeys({ api, $context }: Auth, keyCount: number): Promise<string[]> {
  const { internalAdapter } = await $context;
  const user = await internalAdapter.createUser(
    { email: 'shop@example.com', name: 'Shop' },
    { method: 'email-password' },
  );
  const keys: string[] = [];
  while (keys.length < keyCount) {
    const created = await api.createApiKey({ body: { userId: user.id, name: `key ${keys.length}` } });
    keys.push(created.key);
  }
  return keys;
}

async function verify({ api }: Auth, key: string): Promise<void> {
  const { valid } = await api.verifyApiKey({ body: { key } });
  if (!valid) throw new Error('Better Auth refuses a key that it made');
}
