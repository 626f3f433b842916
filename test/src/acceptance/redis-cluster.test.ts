import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { limitsAreShared } from '../product/limits-are-shared.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { startRedisCluster, type TestRedisCluster } from '../services/index.ts';

const timeoutMs = 240_000;

// Without Redis on this machine there is no cluster either; the suite's first line says so.
describe.skipIf(inject('redisUrl') === '')('two nodes on a Redis Cluster of three', () => {
  let cluster: TestRedisCluster;
  let database: Awaited<ReturnType<typeof createOwnDatabase>>;
  const nodes: Keyward[] = [];
  const environment = () => ({
    DATABASE_URL: database.url,
    REDIS_URL: cluster.url,
    KEYWARD_SECRET: 'u7Tq2Xv9Lm4Rz8Wc1Ny6Kd3Bf5Hj0Gp/Ss+Ae=Qi',
  });
  const start = async (more: Readonly<Record<string, string>>) => {
    const node = await Keyward.create({ environment: { ...environment(), ...more } });
    nodes.push(node);
    await node.start();
    return node;
  };
  beforeAll(async () => {
    [cluster, database] = await Promise.all([startRedisCluster(), createOwnDatabase(inject('postgresUrl'))]);
  }, timeoutMs);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await cluster.stop();
    await database.drop();
  });

  test.each(['on', 'off'])(
    'O5, L3: many keys are limited over both nodes, each exactly, with LIMIT_LEASES=%s',
    async (leases) => {
      const more = { REDIS_CLUSTER: 'on', LIMIT_LEASES: leases };
      const two = [await start(more), await start(more)] as const;
      await limitsAreShared(two);
      await createPerson(two[0], `ada-${leases}`, 'super_admin');
      const keys = await Promise.all(
        Array.from({ length: 4 }, () =>
          issueKey(two[0], `ada-${leases}`, { service: 'metadata', limit: '20/1h' }),
        ),
      );
      const ask = async (key: string, at: number, path = '/api/metadata') => {
        const node = two[at % 2 === 0 ? 0 : 1];
        const answer = await node.fetch(path, { headers: { authorization: `Bearer ${key}` } });
        await answer.arrayBuffer();
        return answer.status;
      };
      // Each node connects to each of the three with the first key that is counted there; verifying spends nothing.
      for (const { key } of keys)
        for (const at of [0, 1])
          await expect.poll(() => ask(key, at, '/v1/auth/verify'), { timeout: 30_000 }).toBe(200);
      const statuses = await Promise.all(
        keys.map(async ({ key }) => {
          const all: number[] = [];
          // Not all at once: an answer of Redis that comes too late on a busy machine is none.
          while (all.length < 60)
            all.push(...(await Promise.all(Array.from({ length: 10 }, (_, at) => ask(key, at)))));
          return [200, 429].map((wanted) => all.filter((status) => status === wanted).length);
        }),
      );
      expect(statuses).toEqual(keys.map(() => [20, 40]));
      for (const node of two) {
        const ready = await node.fetch('/readyz');
        expect(ready.status).toBe(200);
        await node.stop();
      }
    },
    timeoutMs,
  );

  test(
    'O5: a node that takes a cluster for a single Redis says what to set',
    async () => {
      const node = await start({});
      await expect.poll(() => node.output, { timeout: 30_000 }).toContain('set REDIS_CLUSTER=on');
      await node.stop();
    },
    timeoutMs,
  );
});
