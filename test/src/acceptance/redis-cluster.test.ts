import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { startRedisCluster, type TestRedisCluster } from '../services/index.ts';

const timeoutMs = 120_000;

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
      await createPerson(two[0], `ada-${leases}`, 'super_admin');
      const keys = await Promise.all(
        Array.from({ length: 4 }, () =>
          issueKey(two[0], `ada-${leases}`, { service: 'metadata', limit: '20/1h' }),
        ),
      );
      const statuses = await Promise.all(
        keys.map(async ({ key }) => {
          const answers = Array.from({ length: 60 }, (_, at) =>
            two[at % 2 === 0 ? 0 : 1].fetch('/api/metadata', { headers: { authorization: `Bearer ${key}` } }),
          );
          const all = await Promise.all(answers);
          return [200, 429].map((status) => all.filter((answer) => answer.status === status).length);
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
      expect(node.output).toContain('set REDIS_CLUSTER=on');
      await node.stop();
    },
    timeoutMs,
  );
});
