import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { type LeasedLimits, leasedLimits } from '../leases/leased-limits.ts';
import { openRedisBank, recallConnection } from '../leases/redis-bank.ts';
import { redisLimitsConnection } from '../redis-limits.ts';

const url = inject('redisUrl');
const hour = { limit: 1_000, windowMs: 3_600_000 };

// Without a Redis on this machine these are left out; the suite's first line says so.
describe.skipIf(url === '')('nodes on a real Redis', () => {
  const connections: Redis[] = [];
  const stores: LeasedLimits[] = [];
  const connect = (): Redis => {
    const redis = new Redis(url, { ...redisLimitsConnection, ...recallConnection, enableOfflineQueue: true });
    connections.push(redis);
    return redis;
  };
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  afterAll(() => {
    for (const connection of connections) connection.disconnect();
  });

  async function openNodes(count: number) {
    const prefix = `test-${randomBytes(6).toString('hex')}`;
    const redis = connect();
    await redis.ping();
    for (let node = 0; node < count; node += 1) {
      const bank = await openRedisBank({ redis, subscriber: connect(), prefix, timeoutMs: 20_000 });
      stores.push(leasedLimits({ bank, clock: systemClock }));
    }
    const names = () => redis.keys(`{${prefix}}:*`);
    // All have said that they live, so that each knows the epoch.
    await expect.poll(() => redis.zcard(`{${prefix}}:nodes`)).toBe(count);
    return { redis, prefix, names };
  }
  const take = async (at: number, permits = 1, key = 'a') =>
    stores[at]?.take([{ key, windows: [hour] }], permits);
  const allShare = () => stores.every((store) => store.isShared());

  test('L5: whatever is emptied, nobody gets a second budget, and nothing is lost', async () => {
    const { redis, names } = await openNodes(2);
    await take(0, 300);
    await take(1, 400);
    for (let call = 0; call < 100; call += 1) await take(0);
    await redis.unlink(await names());
    // A permit that a node holds needs no trip: this one finds what has happened.
    await take(0, 2);
    expect(allShare()).toBe(false);
    await expect.poll(allShare).toBe(true);
    let admitted = 802;
    while ((await take(admitted % 2))?.admitted) admitted += 1;
    expect(admitted).toBe(1_000);
  });

  test('L5: a key that somebody else has written is counted alone, and only that', async () => {
    const { redis, prefix } = await openNodes(1);
    await redis.set(`{${prefix}}:3600000:a`, 'not a hash', 'EX', 60);
    expect(await take(0, 1_000)).toMatchObject({ admitted: true, remaining: 0 });
    expect(await take(0)).toMatchObject({ admitted: false });
    expect(await take(0, 1, 'b')).toMatchObject({ admitted: true, remaining: 999 });
    expect(allShare()).toBe(true);
  });

  test('L5: every name in Redis has an expiry but the one that tells whether it was emptied', async () => {
    const { redis, prefix, names } = await openNodes(2);
    await take(0, 1);
    const expiring = await Promise.all(
      (await names()).filter((name) => name !== `{${prefix}}:epoch`).map((name) => redis.pttl(name)),
    );
    expect(expiring).toHaveLength(2);
    expect(Math.min(...expiring)).toBeGreaterThan(0);
  });

  test('L5: a node that closes no longer counts among those that share', async () => {
    const { redis, prefix } = await openNodes(2);
    await stores.pop()?.close();
    expect(await redis.zcard(`{${prefix}}:nodes`)).toBe(1);
  });
});
