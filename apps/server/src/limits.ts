import {
  type Clock,
  type LimitStore,
  memoryLimits,
  redisLimits,
  redisLimitsConnection,
} from '@keyward/guard';
import { Redis } from 'ioredis';
import type { Config } from './config.ts';
import type { Log } from './log.ts';

export interface Limits {
  readonly kind: 'memory' | 'redis';
  readonly store: LimitStore;
  isAway(): boolean;
  close(): Promise<void>;
}

/** Limits in Redis when there is one, shared by all nodes; in memory otherwise. */
export async function openLimits(config: Config, clock: Clock, log: Log): Promise<Limits> {
  if (config.redisUrl === undefined) {
    const store = memoryLimits({ clock });
    return { kind: 'memory', store, isAway: () => false, close: () => store.close() };
  }
  const redis = new Redis(config.redisUrl, { ...redisLimitsConnection, lazyConnect: true });
  redis.on('error', (error) => log.warn({ err: error }, 'Redis is away'));
  // A Redis that is away now may come back; it connects again by itself.
  await redis.connect().catch(() => {});
  const store = redisLimits({ redis, prefix: 'keyward' });
  return {
    kind: 'redis',
    store,
    isAway: () => redis.status !== 'ready',
    async close() {
      await store.close();
      redis.disconnect();
    },
  };
}
