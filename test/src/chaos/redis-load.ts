import { setTimeout as delay } from 'node:timers/promises';
import type { Keyward } from '../product/keyward.ts';
import type { IssuedKey } from '../product/people-and-keys.ts';

/** On the clock of `performance.now()`. */
export interface TimedCall {
  readonly beganMs: number;
  readonly tookMs: number;
}

/** What callers of both nodes got since the load began. */
export interface RedisLoad {
  /** Answers by status, of each node. */
  readonly statuses: readonly ReadonlyMap<number, number>[];
  /** In the order in which they were answered. */
  readonly calls: readonly TimedCall[];
  /** The same of calls that need nothing but the node: what the machine makes of them all. */
  readonly probes: readonly TimedCall[];
  /** Calls that were let in, on all nodes. */
  admitted(): number;
  /** Calls that ended neither well nor with 429. */
  broken(): number;
  stop(): Promise<void>;
}

/** What is refused as wrong once its limits have let it in: nothing of it needs more. */
const letIn = 422;
const clientsPerNode = 4;

/** Sends calls with one key to both nodes, a few at a time, each client with a pause between two calls. */
export function startRedisLoad(nodes: readonly Keyward[], key: IssuedKey, pauseMs: number): RedisLoad {
  const statuses = nodes.map(() => new Map<number, number>());
  const calls: TimedCall[] = [];
  const probes: TimedCall[] = [];
  let isStopped = false;
  const client = async (node: Keyward, counts: Map<number, number>): Promise<void> => {
    while (!isStopped) {
      const beganMs = performance.now();
      const status = await send(node, key);
      calls.push({ beganMs, tookMs: performance.now() - beganMs });
      counts.set(status, (counts.get(status) ?? 0) + 1);
      await delay(pauseMs);
    }
  };
  const probe = async (node: Keyward): Promise<void> => {
    while (!isStopped) {
      const beganMs = performance.now();
      const answered = node.fetch('/healthz').then((answer) => answer.arrayBuffer());
      await answered.then(
        () => probes.push({ beganMs, tookMs: performance.now() - beganMs }),
        () => {},
      );
      await delay(10 * pauseMs);
    }
  };
  const clients = nodes.flatMap((node, at) => [
    ...Array.from({ length: clientsPerNode }, () => client(node, statuses[at] ?? new Map())),
    probe(node),
  ]);
  const count = (isCounted: (status: number) => boolean): number =>
    statuses
      .flatMap((counts) => [...counts])
      .reduce((sum, [status, calls]) => (isCounted(status) ? sum + calls : sum), 0);
  return {
    ...{ statuses, calls, probes },
    admitted: () => count((status) => status === letIn),
    broken: () => count((status) => status !== letIn && status !== 429),
    async stop() {
      isStopped = true;
      await Promise.all(clients);
    },
  };
}

/** One call; 0 when there was no answer. */
async function send(node: Keyward, { key }: IssuedKey): Promise<number> {
  try {
    const answer = await node.fetch('/v1/tokens', {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: '{}',
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
