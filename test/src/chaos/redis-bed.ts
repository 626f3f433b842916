import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { startRedis, type TestRedis } from '../services/index.ts';
import { type SlowProxy, slowProxy } from './slow-proxy.ts';

/** Two nodes that share their limits through a Redis of their own, which can be hurt. */
export interface RedisBed extends AsyncDisposable {
  readonly nodes: readonly [Keyward, Keyward];
  readonly redis: TestRedis;
  /** What both nodes reach Redis through. */
  readonly proxy: SlowProxy;
  /** One command, as an operator would send it. */
  command(name: string, ...values: string[]): Promise<void>;
  /** A key with one limit, such as `1000/1h`. */
  issue(limit: string): Promise<IssuedKey>;
  /** What both nodes say of their limits in /readyz. */
  limits(): Promise<readonly string[]>;
}

export async function startRedisBed(environment: Readonly<Record<string, string>> = {}): Promise<RedisBed> {
  const database = await createOwnDatabase(inject('postgresUrl'));
  const redis = await startRedis();
  const proxy = await slowProxy(redis.url);
  const create = () =>
    Keyward.create({
      environment: {
        DATABASE_URL: database.url,
        REDIS_URL: proxy.url,
        KEYWARD_SECRET: 'q3V9x2Lm8Rt5Wz1Yc7Bn4Kd6Hf0Jg/Ps+Ua=Ee',
        ...environment,
      },
    });
  const nodes = [await create(), await create()] as const;
  for (const node of nodes) await node.start();
  await createPerson(nodes[0], 'ada', 'super_admin');
  return {
    ...{ nodes, redis, proxy },
    async command(name, ...values) {
      const client = new Redis(redis.url);
      await client.call(name, ...values);
      client.disconnect();
    },
    issue: (limit) => issueKey(nodes[0], 'ada', { service: 'meterr', limit }),
    limits: () => Promise.all(nodes.map(limitsOf)),
    async [Symbol.asyncDispose]() {
      redis.resume();
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
      await proxy[Symbol.asyncDispose]();
      await redis.stop();
      await database.drop();
    },
  };
}

async function limitsOf(node: Keyward): Promise<string> {
  const answer = await node.fetch('/readyz');
  const { checks } = (await answer.json()) as { checks: Record<string, string> };
  return `${answer.status} ${checks.limits}`;
}
