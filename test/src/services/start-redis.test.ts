import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { startRedis } from './start-redis.ts';

test.skipIf(inject('redisUrl') === '')(
  'a Redis can be killed, started again with its data, paused and resumed',
  async () => {
    const server = await startRedis();
    const redis = new Redis(server.url, { commandTimeout: 500, maxRetriesPerRequest: null });
    redis.on('error', () => {});
    try {
      await redis.set('kept', '1');
      await server.kill9();
      await server.start();
      await expect.poll(() => redis.get('kept').catch(() => null)).toBe('1');
      server.pause();
      await expect(redis.get('kept')).rejects.toThrow('timed out');
      server.resume();
      await expect.poll(() => redis.get('kept').catch(() => null)).toBe('1');
    } finally {
      redis.disconnect();
      await server.stop();
    }
  },
);
