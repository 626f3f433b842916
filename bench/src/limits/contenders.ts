import {
  type LimitRequest,
  type LimitStore,
  leasedLimits,
  openRedisBank,
  recallConnection,
  redisLimits,
  redisLimitsConnection,
  systemClock,
} from '@keyward/guard';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { countSent } from './count-sent.ts';

/** Decides on one call of a hot key; rejects when it does not know. */
export interface Contender {
  readonly name: string;
  /** How many permits the key has; when half of them are spent it is another key's turn. */
  readonly limit: number;
  readonly windowMs: number;
  decide(key: string): unknown;
  /** Commands that it has sent so far. */
  sent(): number;
  close(): Promise<void>;
}

/** A node as the server opens one: leased limits on two connections of its own. */
export interface LeasedNode {
  readonly store: LimitStore;
  sent(): number;
  close(): Promise<void>;
}

const hourMs = 3_600_000;
/** Of the plain script, the peer and ours alike. */
const hot = { limit: 1_000_000, windowMs: hourMs };

export async function openLeasedNode(redisUrl: string, prefix: string): Promise<LeasedNode> {
  const redis = new Redis(redisUrl, { ...redisLimitsConnection, lazyConnect: true });
  const subscriber = new Redis(redisUrl, { ...recallConnection, lazyConnect: true });
  await Promise.all([redis.connect(), subscriber.connect()]);
  const sent = countSent(redis);
  const bank = await openRedisBank({ redis, subscriber, prefix });
  const store = leasedLimits({ bank, clock: systemClock });
  return {
    store,
    sent,
    async close() {
      await store.close();
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

/** Ours in three sizes of window, the one-script form, the peer, and the least that asking Redis each time can cost. */
export async function openContenders(redisUrl: string, node: LeasedNode): Promise<Contender[]> {
  const leased = (name: string, limit: number, windowMs: number): Contender => {
    // As in the product: what a key may do is made once, when the key is looked up.
    const windows = [{ limit, windowMs }];
    let hot: { readonly key: string; readonly requests: readonly LimitRequest[] } | undefined;
    return {
      ...{ name, limit, windowMs, sent: node.sent },
      decide(key) {
        if (hot?.key !== key) hot = { key, requests: [{ key: `${name} ${key}`, windows }] };
        return node.store.take(hot.requests);
      },
      close: async () => {},
    };
  };
  return [
    leased('ours, leased', hot.limit, hot.windowMs),
    leased('ours, leased, 1,000 a minute', 1_000, 60_000),
    leased('ours, one by one, 900 an hour', 900, hourMs),
    await oneScript(redisUrl),
    await rateLimiterFlexible(redisUrl),
    await plainScript(redisUrl),
  ];
}

async function oneScript(redisUrl: string): Promise<Contender> {
  const redis = new Redis(redisUrl, { ...redisLimitsConnection, lazyConnect: true });
  await redis.connect();
  const store = redisLimits({ redis, prefix: 'bench-one-script' });
  return {
    ...{ name: 'ours, one script each', ...hot, sent: countSent(redis) },
    decide: (key) => store.take([{ key, windows: [hot] }]),
    async close() {
      await store.close();
      redis.disconnect();
    },
  };
}

async function rateLimiterFlexible(redisUrl: string): Promise<Contender> {
  const redis = new Redis(redisUrl, { lazyConnect: true });
  await redis.connect();
  const limiter = new RateLimiterRedis({
    ...{ storeClient: redis, points: hot.limit, duration: hot.windowMs / 1_000 },
  });
  return {
    ...{ name: 'rate-limiter-flexible', ...hot, sent: countSent(redis) },
    decide: (key) => limiter.consume(key),
    close: async () => redis.disconnect(),
  };
}

const fixedWindow = `
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return used <= tonumber(ARGV[1])
`;

async function plainScript(redisUrl: string): Promise<Contender> {
  const redis = new Redis(redisUrl, { lazyConnect: true });
  await redis.connect();
  const sha = String(await redis.script('LOAD', fixedWindow));
  return {
    ...{ name: 'a plain Lua fixed window', ...hot, sent: countSent(redis) },
    decide: (key) => redis.evalsha(sha, 1, `bench-plain:${key}`, hot.limit, hot.windowMs),
    close: async () => redis.disconnect(),
  };
}
