import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { startRedis } from './start-redis.ts';

test.skipIf(inject('redisUrl') === '')(
  'a Redis can be killed, started again with its data, paused and resumed',
  async () => {
    const server = await startRedis();
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    const impatient = redis.duplicate({ commandTimeout: 500 });
    for (const client of [redis, impatient]) client.on('error', () => {});
    const kept = () => impatient.get('kept').catch(() => null);
    try {
      await redis.set('kept', '1');
      await server.kill9();
      await server.start();
      expect(await redis.get('kept')).toBe('1');
      await expect.poll(kept, { timeout: 30_000 }).toBe('1');
      server.pause();
      await expect(impatient.get('kept')).rejects.toThrow('timed out');
      server.resume();
      await expect.poll(kept, { timeout: 30_000 }).toBe('1');
    } finally {
      redis.disconnect();
      impatient.disconnect();
      await server.stop();
    }
  },
);
