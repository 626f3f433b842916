import type {} from '@keyward/guard/testing';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './services/start-postgres.ts';
import { startRedis } from './services/start-redis.ts';

interface Running {
  readonly url: string;
  readonly words: string;
  stop(): Promise<void>;
}

/**
 * Brings up a PostgreSQL and a Redis for the suite, unless TEST_POSTGRES_URL or TEST_REDIS_URL name some, and takes
 * them down after the last test. Where no Redis can be had its URL is empty, except with CI=true, where that is a failure.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const starting = [postgres(process.env.TEST_POSTGRES_URL), redis(process.env.TEST_REDIS_URL)];
  const results = await Promise.allSettled(starting);
  const running = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(running.map((service) => service.stop()));
  };
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const [database, limits] = running;
  project.provide('postgresUrl', database?.url ?? '');
  project.provide('redisUrl', limits?.url ?? '');
  process.stdout.write(`testing with ${running.map((service) => service.words).join(' and ')}\n`);
  return stop;
}

async function postgres(url: string | undefined): Promise<Running> {
  if (!url) {
    const server = await startPostgres();
    return { ...server, words: `PostgreSQL ${server.version} (${server.from})` };
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return given(url, `PostgreSQL ${rows[0]?.server_version} (TEST_POSTGRES_URL)`);
}

async function redis(url: string | undefined): Promise<Running> {
  if (!url) {
    try {
      const server = await startRedis();
      return { ...server, words: `Redis ${server.version} (${server.from})` };
    } catch (error) {
      if (process.env.CI === 'true') throw error;
      return given('', `without Redis, whose tests are left out: ${String(error)}`);
    }
  }
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];
  client.disconnect();
  return given(url, `Redis ${version} (TEST_REDIS_URL)`);
}

/** A service that was there before us stays. */
function given(url: string, words: string): Running {
  return { url, words, stop: async () => {} };
}
