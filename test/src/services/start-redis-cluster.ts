import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { startRedis, type TestRedis } from './start-redis.ts';

export interface TestRedisCluster {
  /** Of one of its nodes. */
  readonly url: string;
  stop(): Promise<void>;
}

const slotCount = 16_384;

/** Three masters that share the slots. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const nodes: TestRedis[] = [];
  const password = randomBytes(16).toString('hex');
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let at = 0; at < 3; at += 1) {
      const settings = ['cluster-enabled yes', `cluster-port ${await freePort()}`, `masterauth ${password}`];
      nodes.push(await startRedis({ password, settings }));
    }
    const clients = nodes.map(({ url }) => new Redis(url));
    await join(nodes, clients);
    for (const client of clients) client.disconnect();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: (nodes[0] as TestRedis).url, stop };
}

async function join(nodes: readonly TestRedis[], clients: readonly Redis[]): Promise<void> {
  const share = Math.ceil(slotCount / nodes.length);
  for (const [at, client] of clients.entries()) {
    const last = Math.min((at + 1) * share, slotCount) - 1;
    await client.call('CLUSTER', 'ADDSLOTSRANGE', at * share, last);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
  }
  for (const [at, client] of clients.entries()) {
    for (const [other, node] of nodes.entries()) {
      if (other === at) continue;
      const [, busPort] = (await (clients[other] as Redis).config('GET', 'cluster-port')) as [string, string];
      await client.call('CLUSTER', 'MEET', '127.0.0.1', new URL(node.url).port, busPort);
    }
  }
  const deadlineMs = performance.now() + 60_000;
  for (const client of clients) {
    for (;;) {
      const info = String(await client.call('CLUSTER', 'INFO'));
      if (info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')) break;
      if (performance.now() > deadlineMs) throw new Error('the Redis Cluster does not come together');
      await delay(50);
    }
  }
}
