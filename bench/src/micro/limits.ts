import { memoryLimits, redisLimits, redisLimitsConnection } from '@keyward/guard';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Operation } from './operation.ts';

const inFlight = 64;
const limit = 1_000_000_000;
const windowMs = 3_600_000;
const hot = [{ key: 'hot', windows: [{ limit, windowMs }] }];

export interface LimitOperations {
  readonly operations: readonly Operation[];
  /** Commands that our decisions have sent to Redis so far, for each decision. */
  commandsPerDecision(): Promise<number>;
  close(): Promise<void>;
}

/** P6: decisions on one hot key, and in memory on 1,000 keys in rotation. */
export async function limitOperations(redisUrl: string): Promise<LimitOperations> {
  const ours = new Redis(redisUrl, { ...redisLimitsConnection, lazyConnect: true });
  await ours.connect();
  const theirs = new Redis(redisUrl);
  const shared = redisLimits({ redis: ours, prefix: 'bench-micro' });
  const peer = new RateLimiterRedis({ storeClient: theirs, points: limit, duration: windowMs / 1000 });
  const local = memoryLimits();
  const subjects = Array.from({ length: 1_000 }, (_, at) => [
    { key: `key:${at}`, windows: [{ limit, windowMs }] },
  ]);
  const sent = countCommands(ours);
  let decisions = 0;
  return {
    operations: [
      {
        name: 'a limit decision in memory',
        times: subjects.length,
        run() {
          for (const subject of subjects) local.take(subject);
        },
      },
      {
        name: 'a limit decision on Redis, 64 in flight',
        times: inFlight,
        async run() {
          decisions += inFlight;
          await Promise.all(Array.from({ length: inFlight }, () => shared.take(hot)));
        },
      },
      {
        name: 'rate-limiter-flexible on Redis, 64 in flight',
        times: inFlight,
        async run() {
          await Promise.all(Array.from({ length: inFlight }, () => peer.consume('hot')));
        },
      },
    ],
    commandsPerDecision: async () => sent() / decisions,
    async close() {
      await shared.close();
      ours.disconnect();
      theirs.disconnect();
    },
  };
}

/** Counts what a connection sends, by standing in front of it. */
function countCommands(redis: Redis): () => number {
  const send = redis.sendCommand.bind(redis);
  let count = 0;
  redis.sendCommand = (...command) => {
    count += 1;
    return send(...command);
  };
  return () => count;
}
