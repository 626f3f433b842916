import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { startRedis, type TestRedis } from '../services/index.ts';
import { type SilentProxy, silentProxy } from './silent-proxy.ts';

/** Three nodes on one PostgreSQL and one Redis, of which two listen by a way that can be cut. */
export interface NodeFleet extends AsyncDisposable {
  readonly nodes: readonly Keyward[];
  /** What the second and third node listen through. */
  readonly proxy: SilentProxy;
  readonly databaseUrl: string;
  /** Of an admin who may make and revoke keys. */
  readonly control: IssuedKey;
  /** From now on Redis carries nothing from node to node, and goes on counting limits. */
  silenceRedis(): Promise<void>;
  /** Keys of one person that work on every node. */
  issueKeys(count: number): Promise<IssuedKey[]>;
}

export async function startNodeFleet(through: (url: string) => string = (url) => url): Promise<NodeFleet> {
  const database = await createOwnDatabase(inject('postgresUrl'));
  const redis = await startRedis();
  const proxy = await silentProxy(database.url);
  const environment = {
    DATABASE_URL: through(database.url),
    REDIS_URL: redis.url,
    KEYWARD_SECRET: 'q3V9x2Lm8Rt5Wz1Yc7Bn4Kd6Hf0Jg/Ps+Ua=Ee',
    LOG_LEVEL: 'fatal',
  };
  const ways = [database.url, proxy.url, proxy.url];
  const nodes = await Promise.all(
    ways.map((DATABASE_DIRECT_URL) =>
      Keyward.create({ environment: { ...environment, DATABASE_DIRECT_URL } }),
    ),
  );
  await Promise.all(nodes.map((node) => node.start()));
  const first = nodes[0] as Keyward;
  await createPerson(first, 'ada', 'super_admin');
  const control = await issueKey(first, 'ada', { service: 'control' });
  return {
    ...{ nodes, proxy, control, databaseUrl: database.url },
    silenceRedis: () => silence(redis),
    issueKeys: (count) => issueKeys(first, control, count),
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
      await proxy[Symbol.asyncDispose]();
      await redis.stop();
      await database.drop();
    },
  };
}

/** Ends every connection of the nodes that listens, as an administrator or a failover would. */
export async function endListening(databaseUrl: string): Promise<void> {
  await query(
    databaseUrl,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'keyward key changes' AND datname = current_database()`,
  );
}

async function silence(redis: TestRedis): Promise<void> {
  const client = new Redis(redis.url);
  await client.call('ACL', 'SETUSER', 'default', 'resetchannels', '-publish', '-subscribe');
  await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  client.disconnect();
}

async function issueKeys(node: Keyward, control: IssuedKey, count: number): Promise<IssuedKey[]> {
  const body = JSON.stringify({
    ...{ owner: 'ada@example.com', name: 'test', service: 'metadata', environment: 'live' },
    scopes: ['metadata:read'],
    limits: [{ limit: 1_000_000, window_seconds: 3600 }],
  });
  const headers = { 'x-api-key': control.key, 'content-type': 'application/json' };
  const keys: IssuedKey[] = [];
  for (let made = 0; made < count; made += 1) {
    const answer = await node.fetch('/v1/control/keys', { method: 'POST', headers, body });
    if (answer.status !== 201) throw new Error(`no key was made: ${answer.status} ${await answer.text()}`);
    keys.push((await answer.json()) as IssuedKey);
  }
  return keys;
}
