import {
  type Clock,
  type LimitState,
  type LimitStore,
  leasedLimits,
  memoryLimits,
  openRedisBank,
  recallConnection,
  redisLimits,
  type WhenAway,
} from '@keyward/guard';
import type { Cluster, Redis } from 'ioredis';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { connectRedis, type RedisPlace } from './redis-connection.ts';

export interface Limits {
  readonly kind: 'memory' | 'redis' | 'leases';
  readonly store: LimitStore;
  /** How decisions are made now: `local` counts by itself what it should share, `away` refuses. */
  state(): 'ok' | 'local' | 'away';
  close(): Promise<void>;
}

const prefix = 'keyward';

/** Limits in Redis when there is one, shared by all nodes; in memory otherwise. */
export async function openLimits(config: Config, clock: Clock, log: Log): Promise<Limits> {
  const { redisUrl, limitLeases, limitsWhenAway } = config;
  if (redisUrl === undefined) {
    const store = memoryLimits({ clock });
    return { kind: 'memory', store, state: () => 'ok', close: () => store.close() };
  }
  const place = { url: redisUrl, isCluster: config.redisIsCluster };
  const redis = await connectRedis(place, log);
  if (limitLeases) return openLeases(redis, place, limitsWhenAway, clock, log);
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
  redis: Redis | Cluster,
  place: RedisPlace,
  whenAway: WhenAway,
  clock: Clock,
  log: Log,
): Promise<Limits> {
  const subscriber = await connectRedis(place, log, recallConnection);
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
