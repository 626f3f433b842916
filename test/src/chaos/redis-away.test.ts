import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { type RedisBed, startRedisBed } from './redis-bed.ts';
import { type RedisLoad, startRedisLoad, type TimedCall } from './redis-load.ts';
import { patience, say, timeoutMs } from './rounds.ts';

/** More than calls take that need no Redis, and half of what one takes that waits for it; what was measured is printed. */
const slowestMs = 3_000;
const heldUpMs = 2 * slowestMs;

/** Limits from a thousand on are leased. */
const leasedLimit = 1_000;

const harms: readonly {
  name: string;
  /** How long it lasts at least: a call that waits for Redis takes as long. */
  lastsMs: number;
  hurt(bed: RedisBed): Promise<void>;
  heal(bed: RedisBed): Promise<void>;
}[] = [
  { name: 'killed', lastsMs: 0, hurt: ({ redis }) => redis.kill9(), heal: ({ redis }) => redis.start() },
  {
    name: 'paused',
    lastsMs: heldUpMs,
    hurt: async ({ redis }) => redis.pause(),
    heal: async ({ redis }) => redis.resume(),
  },
  {
    name: 'slow by 6 s',
    lastsMs: heldUpMs,
    hurt: async ({ proxy }) => proxy.setDelay(heldUpMs),
    heal: async ({ proxy }) => proxy.setDelay(0),
  },
  {
    name: 'full',
    lastsMs: 0,
    hurt: async ({ command }) => {
      await command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      await command('CONFIG', 'SET', 'maxmemory', '1');
    },
    heal: ({ command }) => command('CONFIG', 'SET', 'maxmemory', '0'),
  },
  {
    name: 'read-only',
    lastsMs: 0,
    hurt: ({ command }) => command('REPLICAOF', '127.0.0.1', '1'),
    heal: ({ command }) => command('REPLICAOF', 'NO', 'ONE'),
  },
];

describe.skipIf(inject('redisUrl') === '')('two nodes whose Redis is hurt under load', () => {
  let bed: RedisBed;
  beforeAll(async () => {
    bed = await startRedisBed();
  }, timeoutMs);
  afterAll(() => bed[Symbol.asyncDispose]());

  test.each(harms)(
    'L5: Redis $name: calls go on within the bound, quickly, and limits are shared again',
    async ({ name, lastsMs, hurt, heal }) => {
      const limit = leasedLimit;
      await expect.poll(bed.limits, patience).toEqual(['200 ok', '200 ok']);
      const load = startRedisLoad(bed.nodes, await bed.issue(`${limit}/1h`), 12);
      onTestFinished(() => load.stop());
      await expect.poll(() => load.admitted(), patience).toBeGreaterThan(100);
      const before = load.admitted();
      const hurtAtMs = performance.now();
      await hurt(bed);
      await expect.poll(bed.limits, patience).toEqual(['200 local', '200 local']);
      await expect.poll(() => load.admitted(), patience).toBeGreaterThan(before);
      const callsBefore = load.calls.length;
      await expect.poll(() => load.calls.length, patience).toBeGreaterThan(callsBefore + 200);
      await delay(Math.max(0, hurtAtMs + lastsMs - performance.now()));
      const during = load.admitted() - before;
      const healedAtMs = performance.now();
      await heal(bed);
      await expect.poll(bed.limits, patience).toEqual(['200 ok', '200 ok']);
      await untilRefused(load);
      await load.stop();

      const tookMeanwhile = (calls: readonly TimedCall[]) =>
        calls
          .filter(({ beganMs }) => beganMs >= hurtAtMs && beganMs < healedAtMs)
          .map(({ tookMs }) => tookMs)
          .sort((a, b) => a - b);
      const took = tookMeanwhile(load.calls);
      const p99Ms = took[Math.floor(took.length * 0.99)] ?? 0;
      const probeMs = tookMeanwhile(load.probes).at(-1) ?? 0;
      say(
        `Redis ${name}: ${during} let in meanwhile, ${load.admitted()} of ${limit} in all; ` +
          `p99 ${p99Ms.toFixed(0)} ms, slowest ${took.at(-1)?.toFixed(0)} ms of ${took.length}; without Redis ${probeMs.toFixed(0)} ms at most`,
      );
      expect(load.broken()).toBe(0);
      expect(load.admitted()).toBeLessThanOrEqual(2 * limit);
      expect(p99Ms).toBeLessThan(probeMs + slowestMs);
    },
    timeoutMs,
  );

  test(
    'L5: a Redis that has lost everything under load hears of it first: no second budget',
    async () => {
      const limit = leasedLimit;
      const load = startRedisLoad(bed.nodes, await bed.issue(`${limit}/1h`), 12);
      onTestFinished(() => load.stop());
      await expect.poll(() => load.admitted(), patience).toBeGreaterThan(100);
      const before = load.admitted();
      await bed.command('FLUSHALL');
      await bed.redis.kill9();
      await bed.redis.start();
      await untilRefused(load);
      await load.stop();
      say(`Redis emptied: ${before} let in before, ${load.admitted()} of ${limit} in all`);
      expect(load.broken()).toBe(0);
      // Both had reported before either went on: all but exact. What counts is that it is not the limit once more.
      expect(load.admitted()).toBeLessThanOrEqual(limit * 1.1);
    },
    timeoutMs,
  );

  test(
    'L5: it is told once when a node goes on alone, and once when it shares again',
    async () => {
      for (const node of bed.nodes) {
        const told = () =>
          [...node.output.matchAll(/counts limits alone|limits are shared by all nodes again/g)].map(String);
        await expect.poll(() => told().at(-1), patience).toBe('limits are shared by all nodes again');
        const begins = told().filter((_, at) => at % 2 === 0);
        const ends = told().filter((_, at) => at % 2 === 1);
        expect(new Set(begins)).toEqual(new Set(['counts limits alone']));
        expect(new Set(ends)).toEqual(new Set(['limits are shared by all nodes again']));
        expect(begins.length).toBeGreaterThanOrEqual(harms.length + 1);
      }
    },
    timeoutMs,
  );
});

/** Until both nodes refuse every call for a while. */
async function untilRefused(load: RedisLoad): Promise<void> {
  for (let admitted = -1; admitted !== load.admitted(); ) {
    admitted = load.admitted();
    await delay(3_000);
  }
}
