import { afterEach, describe, expect, inject, test } from 'vitest';
import { startRedisBed } from './redis-bed.ts';
import { startRedisLoad } from './redis-load.ts';
import { patience, timeoutMs } from './rounds.ts';

const forms = [
  { name: 'leases', environment: { LIMITS_WHEN_STORE_IS_AWAY: 'refuse' } },
  { name: 'the plain form', environment: { LIMIT_LEASES: 'off' } },
];

describe.skipIf(inject('redisUrl') === '')('two nodes that refuse while Redis is away', () => {
  let stop = async () => {};
  afterEach(() => stop());

  test.each(forms)(
    'L5: with $name they answer 503, are not ready, never exceed the limit, and come back',
    async ({ environment }) => {
      await using bed = await startRedisBed(environment);
      const limit = 500;
      const load = startRedisLoad(bed.nodes, await bed.issue(`${limit}/1h`), 20);
      stop = () => load.stop();
      await expect.poll(() => load.admitted(), patience).toBeGreaterThan(20);
      const brokenBefore = load.broken();
      await bed.redis.kill9();
      await expect.poll(bed.limits, patience).toEqual(['503 away', '503 away']);
      await expect.poll(() => load.broken(), patience).toBeGreaterThan(brokenBefore + 20);
      await bed.redis.start();
      await expect.poll(bed.limits, patience).toEqual(['200 ok', '200 ok']);
      const brokenAway = load.broken() - brokenBefore;
      const isRefused = () => load.statuses.every((counts) => (counts.get(429) ?? 0) > 20);
      await expect.poll(isRefused, patience).toBe(true);
      await load.stop();
      for (const counts of load.statuses)
        expect([...counts.keys()].filter((status) => ![422, 429, 503].includes(status))).toEqual([]);
      expect(load.admitted()).toBeLessThanOrEqual(limit);
      // Where Redis is there and answers too late, on a busy machine, it has counted what was refused.
      const tooLate = load.broken() - brokenAway;
      expect(load.admitted() + tooLate).toBeGreaterThanOrEqual(limit * 0.95);
    },
    timeoutMs,
  );
});
