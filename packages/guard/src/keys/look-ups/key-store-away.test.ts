import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isProblem } from '../../reply.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { shopService } from '../../testing/shop-service.ts';
import { createTestGuard } from '../../testing/test-guard.ts';
import { createKeyCache } from '../memory/key-cache.ts';
import type { StoredKey } from '../stored-key.ts';
import { createKeyVerifier } from '../verify-key.ts';

const minuteMs = 60_000;
beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp(serveWhenAwayMs = 15 * minuteMs) {
  const { issueKey } = createTestGuard([shopService]);
  const clock = fakeClock();
  const cache = createKeyCache();
  const rows = new Map<string, StoredKey>();
  const store = { state: 'well' as 'well' | 'failing' | 'hanging', asked: 0 };
  const find = async (text: string) => {
    store.asked += 1;
    if (store.state === 'failing') throw new Error('connection refused');
    if (store.state === 'hanging') await new Promise(() => {});
    return rows.get(text);
  };
  const said: boolean[] = [];
  const verifier = createKeyVerifier({
    ...{ cache, clock, serveWhenAwayMs, finders: [{ canBe: () => true, find }] },
    onStale: (areServed) => said.push(areServed),
  });
  const add = (text: string, row: Partial<StoredKey> = {}) => {
    const stored = issueKey({ ...row }).row;
    rows.set(text, stored);
    return stored;
  };
  /** `waits`: for a store that hangs. */
  const use = async (text: string, waitMs = 0) => {
    const answer = Promise.resolve(verifier.verify(text, '203.0.113.7'));
    if (waitMs > 0) {
      clock.advance(waitMs);
      await vi.advanceTimersByTimeAsync(waitMs);
    }
    const key = await answer;
    return isProblem(key) ? key.code : 'served';
  };
  return { clock, cache, store, rows, verifier, said, add, use };
}

describe('while the key store fails', () => {
  test('K10: by default a key goes on for 4 s and is then 503', async () => {
    const { add, use, store, clock, verifier } = setUp(0);
    add('key');
    await use('key');
    store.state = 'failing';
    clock.advance(4_000);
    expect(await use('key')).toBe('served');
    clock.advance(1);
    expect(await use('key')).toBe('key_store_unavailable');
    expect(verifier.servesStale).toBe(false);
  });

  test('K10: with serve:15m keys go on for 15 min after they were last known to be good, unknown ones do not', async () => {
    const { add, use, store, clock, cache } = setUp();
    add('read');
    add('confirmed');
    await use('read');
    clock.advance(10_000);
    await use('confirmed');
    cache.confirm(clock.monotonic());
    store.state = 'failing';
    add('new');
    clock.advance(15 * minuteMs);
    expect(await use('confirmed')).toBe('served');
    expect(await use('read')).toBe('served');
    expect(await use('new')).toBe('key_store_unavailable');
    clock.advance(1);
    expect(await use('confirmed')).toBe('key_store_unavailable');
  });

  test('K10: what was dropped does not go on, nor anything when a set was changed; a new listening takes nothing away', async () => {
    const { add, use, store, clock, cache } = setUp();
    const dropped = add('dropped');
    add('other');
    await use('dropped');
    await use('other');
    store.state = 'failing';
    cache.drop(`key:${dropped.id}`);
    cache.distrust();
    clock.advance(5_000);
    expect(await use('dropped')).toBe('key_store_unavailable');
    expect(await use('other')).toBe('served');
    cache.clear();
    expect(await use('other')).toBe('key_store_unavailable');
  });

  test('K10: a revoked key stays refused, and expiry and grace end a key by the clock', async () => {
    const { add, use, store, clock } = setUp();
    add('revoked', { revokedAt: new Date(clock.now()) });
    add('expiring', { expiresAt: new Date(clock.now() + 60_000) });
    add('rotated', { graceEndsAt: new Date(clock.now() + 60_000) });
    for (const text of ['revoked', 'expiring', 'rotated']) await use(text);
    store.state = 'failing';
    clock.advance(59_999);
    expect([await use('revoked'), await use('expiring'), await use('rotated')]).toEqual([
      'revoked_key',
      'served',
      'served',
    ]);
    clock.advance(1);
    expect([await use('revoked'), await use('expiring'), await use('rotated')]).toEqual([
      'revoked_key',
      'expired_key',
      'expired_key',
    ]);
  });

  test('K10: the store is asked by one request a second, it is said once, and its return is said once', async () => {
    const { add, use, store, clock, said, verifier, rows } = setUp();
    add('key');
    await use('key');
    store.state = 'failing';
    clock.advance(5_000);
    const before = store.asked;
    for (let second = 0; second < 10; second += 1) {
      for (let request = 0; request < 100; request += 1) expect(await use('key')).toBe('served');
      clock.advance(1_000);
    }
    expect(store.asked - before).toBe(10);
    expect([said, verifier.servesStale]).toEqual([[true], true]);

    store.state = 'well';
    const row = rows.get('key') as StoredKey;
    rows.set('key', { ...row, revokedAt: new Date() });
    expect(await use('key')).toBe('served');
    expect(await use('key')).toBe('revoked_key');
    expect([said, verifier.servesStale]).toEqual([[true, false], false]);
  });

  test('K10: a row that cannot be read is that key’s trouble alone', async () => {
    const { add, use, clock, said } = setUp();
    add('key');
    add('broken', { allowedIps: ['not an address'] });
    await use('key');
    expect(await use('broken')).toBe('key_store_unavailable');
    clock.advance(5_000);
    expect(await use('key')).toBe('served');
    expect(said).toEqual([]);
  });
});

describe('while the key store hangs', () => {
  test('K10: the first request waits half a second, those after it not at all', async () => {
    const { add, use, store, clock, said } = setUp();
    add('key');
    add('other');
    await use('key');
    await use('other');
    clock.advance(5_000);
    store.state = 'hanging';
    expect(await use('key', 500)).toBe('served');
    for (let request = 0; request < 100; request += 1) expect(await use('other')).toBe('served');
    expect(said).toEqual([true]);
  });

  test('K10: a key that is dropped while its look-up hangs is not served', async () => {
    const { add, store, clock, cache, verifier } = setUp();
    const row = add('key');
    await verifier.verify('key', '203.0.113.7');
    clock.advance(5_000);
    store.state = 'hanging';
    const answer = verifier.verify('key', '203.0.113.7');
    cache.drop(`key:${row.id}`);
    clock.advance(500);
    await vi.advanceTimersByTimeAsync(500);
    expect(await answer).toMatchObject({ code: 'key_store_unavailable' });
  });

  test('K10, O6: whoever has to wait for it is refused after 5 s', async () => {
    const { add, use, store } = setUp(0);
    add('key');
    store.state = 'hanging';
    expect(await use('key', 5_000)).toBe('key_store_unavailable');
  });
});
