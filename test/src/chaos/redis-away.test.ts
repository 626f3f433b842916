import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type RedisBed, startRedisBed } from './redis-bed.ts';
import { type RedisLoad, startRedisLoad } from './redis-load.ts';
import { timeoutMs } from './rounds.ts';

/** Generous on a busy machine; what was measured is printed. */
const slowestMs = 2_000;

/** Limits from a thousand on are leased. */
const leasedLimit = 1_000;

const harms: readonly {
  name: string;
  hurt(bed: RedisBed): Promise<void>;
  heal(bed: RedisBed): Promise<void>;
}[] = [
  { name: 'killed', hurt: ({ redis }) => redis.kill9(), heal: ({ redis }) => redis.start() },
  { name: 'paused', hurt: async ({ redis }) => redis.pause(), heal: async ({ redis }) => redis.resume() },
  {
    name: 'slow by 3 s',
    hurt: async ({ proxy }) => proxy.setDelay(3_000),
    heal: async ({ proxy }) => proxy.setDelay(0),
  },
  {
    name: 'full',
    hurt: async ({ command }) => {
      await command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      await command('CONFIG', 'SET', 'maxmemory', '1');
    },
    heal: ({ command }) => command('CONFIG', 'SET', 'maxmemory', '0'),
  },
  {
    name: 'read-only',
    hurt: ({ command }) => command('REPLICAOF', '127.0.0.1', '1'),
    heal: ({ command }) => command('REPLICAOF', 'NO', 'ONE'),
  },
];

describe.skipIf(inject('redisUrl') === '')('two nodes whose Redis is hurt under load', () => {
  let bed: RedisBed;
  beforeAll(async () => {
    bed = await startRedisBed();
    // So long until both know that there are two of them.
    await delay(2_500);
  }, timeoutMs);
  afterAll(() => bed[Symbol.asyncDispose]());

  test.each(harms)(
    'L5: Redis $name: calls go on within the bound, quickly, and limits are shared again',
    async ({ name, hurt, heal }) => {
      const limit = leasedLimit;
      await expect.poll(bed.limits, { timeout: 10_000 }).toEqual(['200 ok', '200 ok']);
      const load = startRedisLoad(bed.nodes, await bed.issue(`${limit}/1h`), 12);
      await delay(1_000);
      const before = load.admitted();
      const callsBefore = load.tookMs.length;
      await hurt(bed);
      await expect.poll(bed.limits, { timeout: 10_000 }).toEqual(['200 local', '200 local']);
      await delay(1_500);
      const during = load.admitted() - before;
      const took = load.tookMs.slice(callsBefore);
      await heal(bed);
      await expect.poll(bed.limits, { timeout: 20_000 }).toEqual(['200 ok', '200 ok']);
      await untilRefused(load);
      await load.stop();

      const p99Ms = took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0;
      process.stdout.write(
        `Redis ${name}: ${during} let in meanwhile, ${load.admitted()} of ${limit} in all; ` +
          `p99 ${p99Ms.toFixed(0)} ms, slowest ${Math.max(...took).toFixed(0)} ms\n`,
      );
      expect(during).toBeGreaterThan(0);
      expect(load.broken()).toBe(0);
      expect(load.admitted()).toBeLessThanOrEqual(2 * limit);
      expect(p99Ms).toBeLessThan(slowestMs);
    },
    timeoutMs,
  );

  test(
    'L5: a Redis that has lost everything under load hears of it first: no second budget',
    async () => {
      const limit = leasedLimit;
      const load = startRedisLoad(bed.nodes, await bed.issue(`${limit}/1h`), 12);
      await delay(1_500);
      const before = load.admitted();
      await bed.command('FLUSHALL');
      await bed.redis.kill9();
      await bed.redis.start();
      await untilRefused(load);
      await load.stop();
      process.stdout.write(`Redis emptied: ${before} let in before, ${load.admitted()} of ${limit} in all\n`);
      expect(before).toBeGreaterThan(100);
      expect(load.broken()).toBe(0);
      // Both had reported before either went on: all but exact. What counts is that it is not the limit once more.
      expect(load.admitted()).toBeLessThanOrEqual(limit * 1.1);
    },
    timeoutMs,
  );

  test('L5: it is told once when a node goes on alone, and once when it shares again', () => {
    for (const { output } of bed.nodes) {
      const begins = output.match(/counts limits alone/g)?.length ?? 0;
      const ends = output.match(/limits are shared by all nodes again/g)?.length ?? 0;
      expect(begins).toBe(ends);
      expect(begins).toBeGreaterThanOrEqual(harms.length + 1);
      expect(begins).toBeLessThanOrEqual(3 * (harms.length + 1));
    }
  });
});

/** Until both nodes refuse every call for a while. */
async function untilRefused(load: RedisLoad): Promise<void> {
  for (let admitted = -1; admitted !== load.admitted(); ) {
    admitted = load.admitted();
    await delay(3_000);
  }
}
