import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '@keyward/guard/database';
import { createTestDatabase, type TestDatabase } from '@keyward/guard/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockProvider, restOf } from './block-provider.ts';
import { permitsOf } from './take-permit.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({
    name: 'metadata',
    folder: new URL('../../../migrations', import.meta.url),
  });
});
afterAll(() => database[Symbol.asyncDispose]());

test('N6: several nodes together take no more permits than the plan allows in a minute, and no permit twice', async () => {
  const quota = { provider: 'shared', requestsPerMinute: 50 };
  const nodes = [1, 2, 3].map(() => openDatabase({ url: database.url, connectionsMax: 4 }));
  const stopping = new AbortController();
  const startedMs = performance.now();
  let taken = 0;
  const takers = nodes.flatMap((node) =>
    Array.from({ length: 4 }, async () => {
      const takePermit = permitsOf(node, quota);
      for (;;) {
        await takePermit(stopping.signal);
        taken++;
      }
    }),
  );
  const ended = Promise.allSettled(takers);
  // 45 are used of 50: 9 at once, and 36 over a minute.
  await expect.poll(() => taken).toBeGreaterThanOrEqual(9);
  await delay(3_000);
  stopping.abort();
  await ended;
  const seconds = (performance.now() - startedMs) / 1000;
  expect(taken).toBeLessThanOrEqual(9 + Math.ceil(seconds * 0.6));
  await Promise.all(nodes.map((node) => node.close()));
});

test('N6: a provider that asked to be left alone is, by all nodes, and a shorter rest does not end a longer one', async () => {
  const { signal } = new AbortController();
  const takePermit = permitsOf(database, { provider: 'resting', requestsPerMinute: 600 });
  await takePermit(signal);
  await blockProvider(database, 'resting', { ms: 600_000, reason: 'rate_limited' });
  await blockProvider(database, 'resting', { ms: 1_000, reason: 'rate_limited' });
  const refusal = await takePermit(signal).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ fault: 'rate_limited' });
  expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(500_000);
  const isBlocked = async (name: string) => (await restOf(database, name)).isBlocked;
  expect([await isBlocked('resting'), await isBlocked('shared')]).toEqual([true, false]);
});
