import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { startRedis } from '../services/index.ts';
import { patience, say } from './rounds.ts';

/** One window of a key: so many requests in so many seconds. */
export interface KeyWindow {
  readonly limit: number;
  readonly seconds: number;
}

/** Three nodes that count on one Redis. */
export interface CountingNodes extends AsyncDisposable {
  readonly nodes: readonly Keyward[];
  /**
   * Does the work while the nodes share their counts; again when one of them counted alone meanwhile, since its Redis
   * answered too late on a busy machine: what holds then is another test's.
   * `prepare`: what comes before, each time.
   */
  whileShared<Result>(work: () => Promise<Result>, prepare?: () => Promise<unknown>): Promise<Result>;
  /** One key for each list of windows, in the same order. */
  issueKeys(limits: readonly (readonly KeyWindow[])[]): Promise<string[]>;
}

const issuedAtOnce = 8;

export async function startCountingNodes(): Promise<CountingNodes> {
  const database = await createOwnDatabase(inject('postgresUrl'));
  const redis = await startRedis();
  const environment = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    KEYWARD_SECRET: 'u7Tq2Xv9Lm4Rz8Wc1Ny6Kd3Bf5Hj0Gp/Ss+Ae=Qi',
    LOG_LEVEL: 'error',
  };
  const nodes = await Promise.all([1, 2, 3].map(() => Keyward.create({ environment })));
  await Promise.all(nodes.map((node) => node.start()));
  const first = nodes[0] as Keyward;
  await createPerson(first, 'ada', 'super_admin');
  const control = await issueKey(first, 'ada', { service: 'control' });
  return {
    nodes,
    async whileShared(work, prepare) {
      for (;;) {
        await prepare?.();
        const before = await timesAloneOnceShared(nodes);
        const result = await work();
        if (timesAlone(nodes) === before) return result;
        say('a node counted alone meanwhile: once more');
      }
    },
    async issueKeys(limits) {
      const keys: string[] = [];
      for (let at = 0; at < limits.length; at += issuedAtOnce) {
        const some = limits.slice(at, at + issuedAtOnce);
        keys.push(...(await Promise.all(some.map((windows) => issueOne(first, control.key, windows)))));
      }
      return keys;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
      await redis.stop();
      await database.drop();
    },
  };
}

/** Waits until all nodes share their counts, and gives how often they did not so far. */
async function timesAloneOnceShared(nodes: readonly Keyward[]): Promise<number> {
  for (;;) {
    const before = timesAlone(nodes);
    await expect.poll(() => Promise.all(nodes.map(limitsOf)), patience).toEqual(nodes.map(() => 'ok'));
    // One may have gone on alone while another was asked.
    if (timesAlone(nodes) === before) return before;
  }
}

async function limitsOf(node: Keyward): Promise<string | undefined> {
  const answer = await node.fetch('/readyz');
  return ((await answer.json()) as { checks: Record<string, string> }).checks.limits;
}

/** How often the nodes have said that they count by themselves. */
function timesAlone(nodes: readonly Keyward[]): number {
  return nodes.reduce((sum, { output }) => sum + output.split('counts limits alone').length - 1, 0);
}

async function issueOne(node: Keyward, control: string, windows: readonly KeyWindow[]): Promise<string> {
  const issue = () =>
    node.fetch('/v1/control/keys', {
      method: 'POST',
      headers: { 'x-api-key': control, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ owner: 'ada@example.com', name: 'counted', service: 'metadata', environment: 'live' },
        scopes: ['metadata:read'],
        limits: windows.map(({ limit, seconds }) => ({ limit, window_seconds: seconds })),
      }),
    });
  let answer = await issue();
  // A database that is busy with others is asked again, as the answer says.
  while (answer.status === 503) {
    await delay(Number(answer.headers.get('retry-after')) * 1_000);
    answer = await issue();
  }
  if (answer.status !== 201) throw new Error(`no key was made: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { key: string }).key;
}
