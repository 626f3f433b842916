import { randomBytes } from 'node:crypto';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import type { Redis } from 'ioredis';
import pg from 'pg';

export interface BetterAuthOptions {
  readonly pool: pg.Pool;
  /** Its own limits for each key: 10 a day by default, here so many that nobody reaches them. */
  readonly limitsAreOn: boolean;
  /** Keys lie here instead of in the database. */
  readonly redis?: Redis;
}

export type BetterAuth = ReturnType<typeof openBetterAuth>;

/** Better Auth with its key plugin, as its documentation puts it together. */
export function openBetterAuth({ pool, limitsAreOn, redis }: BetterAuthOptions) {
  const rateLimit = { enabled: limitsAreOn, maxRequests: 1_000_000_000 };
  return betterAuth({
    database: pool,
    baseURL: 'http://127.0.0.1',
    secret: randomBytes(32).toString('hex'),
    telemetry: { enabled: false },
    logger: { disabled: true },
    ...(redis && { secondaryStorage: storageIn(redis) }),
    plugins: [apiKey({ rateLimit, storage: redis === undefined ? 'database' : 'secondary-storage' })],
  });
}

/** The tables that its own migration makes, in a new database on the server of `databaseUrl`; the pool on it. */
export async function betterAuthPool(databaseUrl: string, connectionsMax: number): Promise<pg.Pool> {
  const name = `better_auth_${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = Object.assign(new URL(databaseUrl), { pathname: `/${name}` });
  const pool = new pg.Pool({ connectionString: url.href, max: connectionsMax });
  const migrations = await getMigrations(openBetterAuth({ pool, limitsAreOn: true }).options);
  await migrations.runMigrations();
  return pool;
}

/** Keys of one user, each of which may order. */
export async function createBetterAuthKeys({ api, $context }: BetterAuth, count: number): Promise<string[]> {
  const { internalAdapter } = await $context;
  const user = await internalAdapter.createUser(
    { email: 'shop@example.com', name: 'Shop' },
    { method: 'email-password' },
  );
  const keys: string[] = [];
  while (keys.length < count) {
    const permissions = { orders: ['write'] };
    const created = await api.createApiKey({
      body: { userId: user.id, name: `key ${keys.length}`, permissions },
    });
    keys.push(created.key);
  }
  return keys;
}

function storageIn(redis: Redis) {
  return {
    get: (key: string) => redis.get(key),
    async set(key: string, value: string, ttlSeconds?: number) {
      await (ttlSeconds === undefined ? redis.set(key, value) : redis.set(key, value, 'EX', ttlSeconds));
    },
    getAndDelete: (key: string) => redis.getdel(key),
    async increment(key: string, ttlSeconds: number) {
      const [[, count] = []] = (await redis.multi().incr(key).expire(key, ttlSeconds, 'NX').exec()) ?? [];
      return Number(count);
    },
    async delete(key: string) {
      await redis.del(key);
    },
  };
}
