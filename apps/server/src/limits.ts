import { setTimeout as delay } from 'node:timers/promises';
import {
  type Clock,
  type LimitState,
  type LimitStore,
  leasedLimits,
  memoryLimits,
  openRedisBank,
  recallConnection,
  redisLimits,
  redisLimitsConnection,
  type WhenAway,
} from '@keyward/guard';
import { Redis } from 'ioredis';
import type { Config } from './config.ts';
import type { Log } from './log.ts';

export interface Limits {
  readonly kind: 'memory' | 'redis' | 'leases';
  readonly store: LimitStore;
  /** How decisions are made now: `local` counts by itself what it should share, `away` refuses. */
  state(): 'ok' | 'local' | 'away';
  close(): Promise<void>;
}

const prefix = 'keyward';
/** A Redis that accepts connections and answers nothing does not keep a node from starting. */
const connectedWithinMs = 2_000;

const connection = {
  ...redisLimitsConnection,
  lazyConnect: true,
  connectTimeout: 2_000,
  disconnectTimeout: 500,
  // Sooner than others stop waiting for what this node has to report (docs/decisions/leased-limits.md).
  retryStrategy: (times: number) => Math.min(times * 50, 500),
  // A replica that was promoted elsewhere: the name leads to the new one.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
};

/** Limits in Redis when there is one, shared by all nodes; in memory otherwise. */
export async function openLimits(config: Config, clock: Clock, log: Log): Promise<Limits> {
  const { redisUrl, limitLeases, limitsWhenAway } = config;
  if (redisUrl === undefined) {
    const store = memoryLimits({ clock });
    return { kind: 'memory', store, state: () => 'ok', close: () => store.close() };
  }
  const redis = await connected(new Redis(redisUrl, connection), log);
  if (limitLeases) return openLeases(redis, redisUrl, limitsWhenAway, clock, log);
  const store = redisLimits({ redis, prefix });
  return {
    kind: 'redis',
    store,
    state: () => (redis.status === 'ready' ? 'ok' : 'away'),
    async close() {
      await store.close();
      redis.disconnect();
    },
  };
}

async function openLeases(
  redis: Redis,
  url: string,
  whenAway: WhenAway,
  clock: Clock,
  log: Log,
): Promise<Limits> {
  const subscriber = await connected(new Redis(url, { ...connection, ...recallConnection }), log);
  const bank = await openRedisBank({ redis, subscriber, prefix });
  const onChange = (state: LimitState) => log.error(changes[whenAway][state]);
  const store = leasedLimits({ bank, clock, whenAway, onChange });
  return {
    kind: 'leases',
    store,
    state: () => (store.isShared() ? 'ok' : whenAway === 'local' ? 'local' : 'away'),
    async close() {
      // What is leased goes back before the way there closes.
      await store.close();
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

const shared = 'Redis is back: limits are shared by all nodes again.';
const changes = {
  local: {
    alone: 'Redis is away or was emptied: this node counts limits alone, up to its share of each.',
    shared,
  },
  refuse: {
    alone: 'Redis is away or was emptied: calls under limits are refused (LIMITS_WHEN_STORE_IS_AWAY).',
    shared,
  },
} as const satisfies Record<WhenAway, Record<LimitState, string>>;

/** A Redis that is away now may come back; it is connected to again by itself. */
async function connected(redis: Redis, log: Log): Promise<Redis> {
  let isAway = false;
  redis.on('ready', () => {
    isAway = false;
  });
  redis.on('error', (error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is away');
    isAway = true;
  });
  await Promise.race([redis.connect().catch(() => {}), delay(connectedWithinMs)]);
  return redis;
}
