import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { fakeClock } from '../testing/fake-clock.ts';
import { LimitStoreUnavailableError } from './limit-store.ts';
import { redisLimits, redisLimitsAt, redisLimitsConnection } from './redis-limits.ts';
import { limitStoreConformance } from './testing/conformance.ts';

const url = inject('redisUrl');
/** On a machine with other work an answer may take its time; only tests of the time limit itself go by a shorter one. */
const timeoutMs = 20_000;

// Without a Redis on this machine these are left out; the suite's first line says so.
describe.skipIf(url === '')('limits in Redis', () => {
  const redis = new Redis(url, { lazyConnect: true });
  const prefixes: string[] = [];

  afterAll(async () => {
    for (const prefix of prefixes) {
      const names = await namesOf(prefix);
      if (names.length > 0) await redis.unlink(names);
    }
    await redis.quit();
  });

  function newPrefix(): string {
    const prefix = `test-${randomBytes(6).toString('hex')}`;
    prefixes.push(prefix);
    return prefix;
  }

  async function namesOf(prefix: string): Promise<string[]> {
    const names: string[] = [];
    for await (const batch of redis.scanStream({ match: `{${prefix}}:*`, count: 1000 })) names.push(...batch);
    return names;
  }

  /** A way to the Redis of the tests that can be cut: what is sent meanwhile gets lost, and nobody is told. */
  async function openLine() {
    const { hostname, port } = new URL(url);
    const sockets: Socket[] = [];
    const line = { isCut: false, port: 0, [Symbol.asyncDispose]: async () => {} };
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      sockets.push(near, far);
      near.on('error', () => far.destroy()).on('close', () => far.destroy());
      far.on('error', () => near.destroy()).on('data', (bytes) => near.write(bytes));
      near.on('data', (bytes) => line.isCut || far.write(bytes));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    line.port = (server.address() as { port: number }).port;
    line[Symbol.asyncDispose] = async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    return line;
  }

  /** Does it while so much time goes by on the timers, and none on this machine. */
  async function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const done = work();
      await vi.advanceTimersByTimeAsync(ms);
      return await done;
    } finally {
      vi.useRealTimers();
    }
  }

  limitStoreConformance('Redis', async () => {
    await redis.ping();
    const clock = fakeClock();
    const store = redisLimitsAt({ redis, prefix: newPrefix(), timeoutMs }, clock.now);
    return { store, advance: clock.advance, nowMs: clock.now, close: store.close };
  });

  const hour = { limit: 100, windowMs: 3_600_000 };

  test("L1: windows last by Redis' clock", async () => {
    const store = redisLimits({ redis, prefix: newPrefix(), timeoutMs });
    const requests = [{ key: 'a', windows: [{ limit: 1, windowMs: 300 }] }];
    // From here on Redis knows the script: what is sent together is done together, within the window.
    await store.take([{ key: 'other', windows: [hour] }]);
    const together = [store.take(requests), redis.time(), store.take(requests)] as const;
    const [opened, [seconds, microseconds], refused] = await Promise.all(together);
    const redisNowMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
    expect(opened.resetAtMs).toBeGreaterThan(redisNowMs);
    expect(opened.resetAtMs).toBeLessThanOrEqual(redisNowMs + 300);
    expect(refused).toMatchObject({ admitted: false, resetAtMs: opened.resetAtMs });
    await new Promise((resolve) => setTimeout(resolve, refused.retryAfterMs + 1));
    expect(await store.take(requests)).toMatchObject({ admitted: true });
  });

  test('L3: 200 calls at once over two stores and two connections get exactly 100 permits', async () => {
    const other = new Redis(url, { enableAutoPipelining: true });
    await other.ping();
    const prefix = newPrefix();
    const stores = [redis, other].map((connection) => redisLimits({ redis: connection, prefix, timeoutMs }));
    const calls = Array.from({ length: 200 }, (_, i) => stores[i % 2]?.take([{ key: 'a', windows: [hour] }]));
    const decisions = await Promise.all(calls);
    expect(decisions.filter((decision) => decision?.admitted)).toHaveLength(100);
    other.disconnect();
  });

  test('L5: every name in Redis has an expiry, which later calls do not move, and lies in one slot', async () => {
    const prefix = newPrefix();
    const store = redisLimits({ redis, prefix, timeoutMs });
    const requests = [
      { key: 'key:1', windows: [hour, { limit: 10, windowMs: 60_000 }] },
      { key: 'route:{x}:1', windows: [hour] },
    ];
    await store.take(requests);
    const names = await namesOf(prefix);
    expect(names).toHaveLength(3);
    expect(names.every((name) => name.startsWith(`{${prefix}}:`))).toBe(true);
    const expiries = await Promise.all(names.map((name) => redis.pexpiretime(name)));
    for (let call = 0; call < 20; call++) await store.take(requests);
    expect(Math.min(...expiries)).toBeGreaterThan(0);
    expect(await Promise.all(names.map((name) => redis.pexpiretime(name)))).toEqual(expiries);
  });

  test('L5: a Redis that has forgotten the script is taught it again', async () => {
    const store = redisLimits({ redis, prefix: newPrefix(), timeoutMs });
    await store.take([{ key: 'a', windows: [hour] }]);
    await redis.script('FLUSH');
    const calls = Array.from({ length: 20 }, () => store.take([{ key: 'a', windows: [hour] }]));
    expect((await Promise.all(calls)).map((decision) => decision.remaining).at(-1)).toBe(79);
  });

  test('L5: a Redis that falls silent is given up in bounded time, too many waiters at once, and it comes back', async () => {
    await using line = await openLine();
    const throughLine = new URL(url);
    throughLine.host = `127.0.0.1:${line.port}`;
    const client = new Redis(throughLine.href, redisLimitsConnection);
    client.on('error', () => {});
    await once(client, 'ready');
    const store = redisLimits({ redis: client, prefix: newPrefix(), timeoutMs, pendingMax: 5 });
    const take = async () => store.take([{ key: 'a', windows: [hour] }]);
    expect(await take()).toMatchObject({ remaining: 99 });
    line.isCut = true;
    const outcomes = await within(timeoutMs, () => Promise.allSettled(Array.from({ length: 6 }, take)));
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined));
    expect(reasons.every((reason) => reason instanceof LimitStoreUnavailableError)).toBe(true);
    expect(reasons[0].cause.message).toMatch(/20000 ms/);
    expect(reasons[5].message).toMatch(/too many/);

    client.disconnect(true);
    await expect(take()).rejects.toThrow(LimitStoreUnavailableError);
    line.isCut = false;
    await once(client, 'ready');
    expect(await take()).toMatchObject({ remaining: 98 });
    client.disconnect();
  });

  test('L5: a node that was busy itself for longer than the limit takes the answer that has come meanwhile', async () => {
    const store = redisLimits({ redis, prefix: newPrefix(), timeoutMs: 100 });
    const take = async (key: string) => store.take([{ key, windows: [hour] }]);
    // Redis knows the script.
    await expect.poll(() => take('a').catch(() => undefined)).toBeDefined();
    const decision = take('b');
    // The whole thread stands still, as in a long computation.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
    expect(await decision).toMatchObject({ remaining: 99 });
  });

  test('L5: a closed store decides nothing and leaves the connection to its owner', async () => {
    const store = redisLimits({ redis, prefix: newPrefix() });
    await store.close();
    await expect(async () => store.take([{ key: 'a', windows: [hour] }])).rejects.toThrow(
      LimitStoreUnavailableError,
    );
    expect(await redis.ping()).toBe('PONG');
  });

  test('L5: an error of Redis is its unavailability, with the cause kept', async () => {
    const prefix = newPrefix();
    await redis.set(`{${prefix}}:3600000:a`, 'not a hash', 'EX', 60);
    const store = redisLimits({ redis, prefix, timeoutMs });
    const refusal = await Promise.resolve(store.take([{ key: 'a', windows: [hour] }])).catch(
      (error) => error,
    );
    expect(refusal).toBeInstanceOf(LimitStoreUnavailableError);
    expect(String(refusal.cause)).toMatch(/WRONGTYPE/);
  });

  test.each(['', 'a b', '{a}', '}'])('L1: the prefix %j is refused at creation', (prefix) => {
    expect(() => redisLimits({ redis, prefix })).toThrow(RangeError);
  });
});
