import { randomBytes } from 'node:crypto';
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
  const templatePrefix = `template_${randomBytes(6).toString('hex')}`;
  const starting = [
    postgres(process.env.TEST_POSTGRES_URL, templatePrefix),
    redis(process.env.TEST_REDIS_URL),
  ];
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
  project.provide('templatePrefix', templatePrefix);
  process.stdout.write(`testing with ${running.map((service) => service.words).join(' and ')}\n`);
  return stop;
}

async function postgres(url: string | undefined, templatePrefix: string): Promise<Running> {
  if (!url) {
    const server = await startPostgres();
    return { ...server, words: `PostgreSQL ${server.version} (${server.from})` };
  }
  const [shown] = await queryOnce(url, 'SHOW server_version');
  const words = `PostgreSQL ${shown?.server_version} (TEST_POSTGRES_URL)`;
  return { url, words, stop: () => dropTemplates(url, templatePrefix) };
}

async function redis(url: string | undefined): Promise<Running> {
  if (!url) {
    try {
      const server = await startRedis();
      return { ...server, words: `Redis ${server.version} (${server.from})` };
    } catch (error) {
      if (process.env.CI === 'true') throw error;
      return {
        url: '',
        words: `without Redis, whose tests are left out: ${String(error)}`,
        stop: async () => {},
      };
    }
  }
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];
  client.disconnect();
  return { url, words: `Redis ${version} (TEST_REDIS_URL)`, stop: async () => {} };
}

/** A server that was there before us stays, without what the run has made on it. */
async function dropTemplates(url: string, prefix: string): Promise<void> {
  const all = await queryOnce(url, 'SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [
    prefix,
  ]);
  for (const { datname } of all) await queryOnce(url, `DROP DATABASE ${datname} WITH (FORCE)`);
}

async function queryOnce(
  url: string,
  statement: string,
  values: string[] = [],
): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(statement, values)).rows;
  } finally {
    await client.end();
  }
}
