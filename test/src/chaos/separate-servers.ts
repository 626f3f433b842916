import { inject } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { query } from '../product/own-database.ts';
import { startPostgres, type TestPostgres } from '../services/index.ts';
import { type ChaosBed, makeChaosBed } from './chaos-bed.ts';
import type { LoggedRow } from './compare-with-log.ts';

export interface SeparateServers extends ChaosBed {
  readonly postgres: TestPostgres;
  close(): Promise<void>;
}

/** A running node on a PostgreSQL that may be killed, and on the suite's Redis if there is one. */
export async function startSeparateServers(): Promise<SeparateServers> {
  const redis = inject('redisUrl');
  const postgres = await startPostgres();
  const keyward = await Keyward.create({
    environment: { DATABASE_URL: postgres.url, LOG_LEVEL: 'fatal', ...(redis && { REDIS_URL: redis }) },
  });
  const close = async (): Promise<void> => {
    await keyward[Symbol.asyncDispose]();
    await postgres.stop();
  };
  try {
    await keyward.start();
    const bed = await makeChaosBed(keyward);
    return { ...bed, postgres, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What has been shipped so far, without asking anybody to ship. */
export async function shippedLog(postgres: TestPostgres): Promise<LoggedRow[]> {
  return query(
    postgres.url,
    `SELECT request_id, client_request_id, status FROM audit_logs WHERE client_request_id LIKE 'chaos-%'`,
  );
}
