import { describe, expect, test } from 'vitest';
import { generateKey, keyringOf, purposes } from '../encryption/keyring.ts';
import { isProblem } from '../reply.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { shopService } from '../testing/shop-service.ts';
import { createTestGuard } from '../testing/test-guard.ts';
import { generateApiKey } from './format.ts';
import { createKeyCache } from './memory/key-cache.ts';
import { ownKeys } from './own-keys.ts';
import type { StoredKey } from './stored-key.ts';
import { createKeyVerifier } from './verify-key.ts';

const scopes = ['stock:read'];
const limits = [{ limit: 1_000_000, windowMs: 1000 }];
const path = '/shop/orders/order-1';

function setUp() {
  const kit = createTestGuard([
    {
      ...shopService,
      contract: { ...shopService.contract, order: { ...shopService.contract.order, limit: 'key' } },
    },
  ]);
  const use = async (key: string) => {
    const response = await kit.send(path, { headers: { 'x-api-key': key } });
    return response.status === 200 ? 200 : ((await response.json()) as { code: string }).code;
  };
  return { ...kit, use };
}

describe('a known key', () => {
  test('K10: is looked up once, then remembered, and read again after 4 seconds', async () => {
    const { use, issueKey, lookUps, clock } = setUp();
    const { key } = issueKey({ scopes, limits });
    for (let round = 0; round < 100; round += 1) expect(await use(key)).toBe(200);
    expect(lookUps()).toBe(1);
    clock.advance(4_001);
    expect(await use(key)).toBe(200);
    expect(lookUps()).toBe(2);
  });

  test('K10: is not read again while its node hears itself, and 4 seconds after it last did it is', async () => {
    const { use, issueKey, lookUps, cache, clock } = setUp();
    const { key, row } = issueKey({ scopes, limits });
    expect(await use(key)).toBe(200);
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1_000);
      cache.confirm(clock.monotonic());
      expect(await use(key)).toBe(200);
    }
    expect(lookUps()).toBe(1);
    row.revokedAt = new Date(clock.now());
    clock.advance(4_001);
    expect(await use(key)).toBe('revoked_key');
  });

  test('K10: that is dead or was unknown is read again whatever is confirmed: neither is announced', async () => {
    const { use, issueKey, rows, cache, clock } = setUp();
    const banned = issueKey({
      scopes,
      limits,
      ownerBanned: true,
      ownerBanExpires: new Date(clock.now() + 60_000),
    });
    const later = issueKey({ scopes, limits });
    rows.delete(later.row.id);
    expect([await use(banned.key), await use(later.key)]).toEqual(['revoked_key', 'invalid_key']);
    rows.set(later.row.id, later.row);
    clock.advance(61_000);
    cache.confirm(clock.monotonic());
    expect([await use(banned.key), await use(later.key)]).toEqual([200, 200]);
  });

  test('K10: is refused from the notification on, and without one from the next reading on', async () => {
    const { use, issueKey, cache, clock } = setUp();
    const { key, row } = issueKey({ scopes, limits });
    const other = issueKey({ scopes, limits });
    expect([await use(key), await use(other.key)]).toEqual([200, 200]);
    row.revokedAt = new Date(clock.now());
    cache.drop(`key:${row.id}`);
    expect(await use(key)).toBe('revoked_key');
    other.row.isActive = false;
    expect(await use(other.key)).toBe(200);
    clock.advance(4_001);
    expect(await use(other.key)).toBe('revoked_key');
  });

  test('K10: a ban of its owner refuses it, until the ban ends', async () => {
    const { use, issueKey, cache, clock } = setUp();
    const { key, row } = issueKey({ scopes, limits });
    expect(await use(key)).toBe(200);
    row.ownerBanned = true;
    row.ownerBanExpires = new Date(clock.now() + 60_000);
    cache.drop(`user:${row.userId}`);
    expect(await use(key)).toBe('revoked_key');
    clock.advance(61_000);
    expect(await use(key)).toBe(200);
  });

  test('K6: expires at its moment, remembered or not', async () => {
    const { use, issueKey, clock } = setUp();
    const { key } = issueKey({ scopes, limits, expiresAt: new Date(clock.now() + 1_000) });
    expect(await use(key)).toBe(200);
    clock.advance(999);
    expect(await use(key)).toBe(200);
    clock.advance(1);
    expect(await use(key)).toBe('expired_key');
  });
});

describe('an unknown key', () => {
  test('K1: of wrong form or checksum costs no look-up', async () => {
    const { use, lookUps, issueKey } = setUp();
    const { key } = issueKey({ scopes });
    const swapped = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
    for (const text of [swapped, key.toUpperCase(), `${key}x`, 'sk-shop_live_x', 'x'.repeat(10_000)]) {
      expect(await use(text)).toBe('invalid_key');
    }
    expect(lookUps()).toBe(0);
  });
});

function racing() {
  const clock = fakeClock();
  const keyring = keyringOf(purposes.map(generateKey));
  const cache = createKeyCache();
  const gates: ((row: StoredKey | undefined) => void)[] = [];
  const lookUp = () => new Promise<StoredKey | undefined>((resolve) => gates.push(resolve));
  const { issueKey } = createTestGuard([shopService]);
  const verifier = createKeyVerifier({ cache, finders: [ownKeys(keyring, lookUp)], clock });
  const key = generateApiKey('shop', 'live', keyring.primary('checksum'));
  return { cache, gates, verifier, key, keyring, issueKey };
}

test('K10: a look-up that was in flight when the key was revoked does not bring it back', async () => {
  const { cache, gates, verifier, key, keyring, issueKey } = racing();
  const { hashApiKey } = await import('./hash.ts');
  const { row } = issueKey({ scopes });
  const living = { ...row, keyHash: hashApiKey(key, keyring.primary('pepper')) };
  const verification = Promise.resolve(verifier.verify(key, '203.0.113.7'));
  await Promise.resolve();
  // The row was read while the key lived; then it is revoked and the node hears of it; only then the row arrives.
  cache.drop(`key:${row.id}`);
  gates[0]?.(living);
  await new Promise((resolve) => setImmediate(resolve));
  expect(gates).toHaveLength(2);
  gates[1]?.({ ...living, revokedAt: new Date() });
  const result = await verification;
  expect(isProblem(result) && result.code).toBe('revoked_key');
  const again = verifier.verify(key, '203.0.113.7');
  expect(isProblem(again) && again.code).toBe('revoked_key');
});

test('K10: the key store away is 503 with Retry-After, and nothing is remembered of it', async () => {
  const { cache, verifier, key } = (() => {
    const clock = fakeClock();
    const keyring = keyringOf(purposes.map(generateKey));
    const cache = createKeyCache();
    const lookUp = () => Promise.reject(new Error('connection refused'));
    return {
      cache,
      verifier: createKeyVerifier({ cache, finders: [ownKeys(keyring, lookUp)], clock }),
      key: generateApiKey('shop', 'live', keyring.primary('checksum')),
    };
  })();
  const result = await verifier.verify(key, '203.0.113.7');
  expect(result).toMatchObject({ code: 'key_store_unavailable', headers: { 'retry-after': '1' } });
  expect(cache.size).toBe(0);
});

test('P9: unknown keys are remembered apart and bounded: a hundred times as many push out no real key', () => {
  const cache = createKeyCache({ keysMax: 10, unknownMax: 10 });
  const { issueKey } = createTestGuard([shopService]);
  void issueKey;
  const known = { id: 'k', userId: 'u' } as never;
  cache.fill(cache.begin(0), 'known', known);
  for (let round = 0; round < 1000; round += 1) cache.fill(cache.begin(0), `unknown ${round}`, undefined);
  expect(cache.size).toBe(11);
  expect(cache.get('known', 0)?.key).toBe(known);
});
