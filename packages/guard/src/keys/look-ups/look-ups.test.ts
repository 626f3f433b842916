import { expect, test } from 'vitest';
import { isProblem } from '../../reply.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { shopService } from '../../testing/shop-service.ts';
import { createTestGuard } from '../../testing/test-guard.ts';
import { createKeyCache } from '../memory/key-cache.ts';
import type { StoredKey } from '../stored-key.ts';
import { verifiedKey } from '../verified-key.ts';
import { createKeyVerifier } from '../verify-key.ts';

const { row } = createTestGuard([shopService]).issueKey();

function setUp(lookUps: { runningMax?: number; waitingMax?: number } = {}) {
  const cache = createKeyCache();
  const load = { running: 0, most: 0, all: 0 };
  const find = async (text: string): Promise<StoredKey> => {
    load.running += 1;
    load.all += 1;
    load.most = Math.max(load.most, load.running);
    await new Promise((resolve) => setImmediate(resolve));
    load.running -= 1;
    return { ...row, id: text };
  };
  const finders = [{ canBe: () => true, find }];
  const verifier = createKeyVerifier({ cache, finders, clock: fakeClock(), lookUps });
  const useAll = async (keys: readonly string[]) => {
    const answers = await Promise.all(keys.map((key) => verifier.verify(key, '203.0.113.7')));
    return answers.filter((answer) => !isProblem(answer)).length;
  };
  return { cache, load, verifier, useAll };
}

const keys = (count: number) => Array.from({ length: count }, (_, at) => `key ${at}`);

test('K10: after a change of a set at most 64 look-ups run at a time, each key once, and all are answered', async () => {
  const { cache, load, useAll } = setUp();
  const all = keys(1_000);
  expect(await useAll([...all, ...all])).toBe(1_000 * 2);
  cache.clear();
  expect(await useAll([...all, ...all])).toBe(1_000 * 2);
  expect(load).toEqual({ running: 0, most: 64, all: 2_000 });
});

test('K10, O6: beyond what may wait it is 503 with Retry-After, and later it is served', async () => {
  const { useAll, verifier } = setUp({ runningMax: 2, waitingMax: 10 });
  const all = keys(20);
  const served = useAll(all.slice(0, 12));
  expect(await verifier.verify('one more', '203.0.113.7')).toMatchObject({
    code: 'key_store_unavailable',
    headers: { 'retry-after': '1' },
  });
  expect(await served).toBe(12);
  expect(await useAll(['one more'])).toBe(1);
});

test('K10: of two readings of a key the later one is remembered, whichever arrives last', () => {
  const cache = createKeyCache();
  const early = cache.begin(0);
  const late = cache.begin(5_000);
  const dead = verifiedKey({ ...row, revokedAt: new Date() }, 0);
  expect(cache.fill(late, 'key', dead)).toBe(true);
  expect(cache.fill(early, 'key', verifiedKey(row, 0))).toBe(true);
  expect(cache.get('key', 5_000)?.key).toBe(dead);
});

test('K10: a look-up notes a bounded number of changes, and is read again when there were more', () => {
  const cache = createKeyCache();
  const lookup = cache.begin(0);
  for (let change = 0; change < 5_000; change += 1) cache.drop(`key:other ${change}`);
  expect(lookup.changed.size).toBeLessThanOrEqual(1_001);
  expect(cache.fill(lookup, 'key', verifiedKey(row, 0))).toBe(false);
});
