import { createKeyCache, followKeyChanges, type KeyCache, redisKeyChangeRelay } from '@keyward/guard';
import { type Database, openDatabase } from '@keyward/guard/database';
import type { Installation } from './installation.ts';

/** What a node remembers of keys, how it looks them up, and how it hears that they have changed (K10). */
export interface KeyMemory {
  readonly cache: KeyCache;
  /** Connections for look-ups alone: no request that keeps the others busy keeps keys from being verified. */
  readonly database: Database;
  close(): Promise<void>;
}

const connectionsMax = 5;
const queryTimeoutMs = 5_000;

export function openKeyMemory(
  { database: { url }, directUrl, config, clock, log }: Installation,
  onImportsChanged: () => void,
): KeyMemory {
  const warn = (what: string) => (error: unknown) => log.warn({ err: error }, what);
  const database = openDatabase({
    ...{ url, connectionsMax, queryTimeoutMs },
    onError: warn('a database connection broke'),
  });
  const relay =
    config.redisUrl === undefined
      ? undefined
      : redisKeyChangeRelay({
          url: config.redisUrl,
          onError: warn('key changes are not passed on by Redis; PostgreSQL announces them'),
        });
  const cache = createKeyCache();
  const changes = followKeyChanges({
    ...{ url: directUrl, cache, database, clock, onImportsChanged },
    ...(relay && { relay }),
    onError: warn('key changes are not announced; keys are read again every 4 s'),
    onHearing(hearing) {
      if (hearing === 'heard') log.info('notifications of PostgreSQL arrive again');
      else log.warn(hearing === 'lost' ? lostText : neverText);
    },
  });
  return {
    cache,
    database,
    async close() {
      await changes.stop();
      await relay?.close();
      await database.close();
    },
  };
}

const readAgain = 'Every key is read again after 4 s, so revocation holds within 5 s.';
const lostText = `Notifications of PostgreSQL do not arrive any more. ${readAgain}`;
const neverText = `Notifications of PostgreSQL do not arrive. If DATABASE_URL leads through a pooler in transaction mode, set DATABASE_DIRECT_URL to PostgreSQL itself. ${readAgain}`;
