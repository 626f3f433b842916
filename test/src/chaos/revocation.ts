import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { patience, watchPauseMs } from './rounds.ts';
import { send } from './send.ts';

/** How one revocation went, in milliseconds from when whoever revoked was told that it is done. */
export interface Revocation {
  /** Until the last node first refused the key. */
  readonly refusedMs: number;
  /** Until the last request was sent that was still let in. */
  readonly servedMs: number;
  /** What should not have happened, in words. */
  readonly problems: readonly string[];
}

interface Seen {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly status: number;
}

/** K10: even while a node has lost its notifications. */
export const stopsWithinMs = 5_000;
/** How often the key is used on after it was refused, to see that it stays so. */
const refusedMin = 3;

const agent = new Agent({ keepAlive: true });

/** What a request with the key is answered by the node. */
export async function statusOf(url: string, key: string): Promise<number> {
  const wish = { kind: 'list', method: 'GET', path: '/api/metadata?limit=1', key, expected: [200] };
  const outcome = await send(agent, url, wish, 'revocation');
  return outcome.kind === 'answered' ? outcome.answer.status : 0;
}

/** Uses a key on every node without a pause, has it revoked, and sees when each node refuses it. Rejects when one never does. */
export async function watchRevocation(
  urls: readonly string[],
  key: string,
  revoke: () => Promise<unknown>,
): Promise<Revocation> {
  const watches = urls.map((url) => ({ url, seen: [] as Seen[] }));
  let isWatching = true;
  const running = watches.map(async ({ url, seen }) => {
    while (isWatching) {
      const sentAtMs = performance.now();
      const status = await statusOf(url, key);
      seen.push({ sentAtMs, answeredAtMs: performance.now(), status });
      await delay(watchPauseMs);
    }
  });
  const haveAnswered = (status: number, min: number) => () =>
    watches.every(({ seen }) => seen.filter((one) => one.status === status).length >= min);
  let revokedAtMs: number;
  try {
    await until('every node lets it in', haveAnswered(200, 3));
    await revoke();
    revokedAtMs = performance.now();
    await until('every node refuses it', haveAnswered(401, refusedMin));
  } finally {
    isWatching = false;
    await Promise.all(running);
  }
  return summary(
    watches.map(({ seen }) => seen),
    revokedAtMs,
  );
}

function summary(nodes: readonly (readonly Seen[])[], revokedAtMs: number): Revocation {
  const firstRefused = nodes.map(
    (seen) => seen.find(({ status }) => status === 401)?.answeredAtMs ?? Number.POSITIVE_INFINITY,
  );
  const problems = nodes.flatMap((seen, node) => {
    const refusedAtMs = Math.min(firstRefused[node] ?? 0, revokedAtMs + stopsWithinMs);
    return seen.flatMap(({ status, sentAtMs }) => {
      if (status === 401) return [];
      if (status !== 200) return [`node ${node} answered ${status}`];
      return sentAtMs >= refusedAtMs ? [`node ${node} let it in ${sentAtMs - revokedAtMs} ms after`] : [];
    });
  });
  const served = nodes.flat().filter(({ status }) => status === 200);
  return {
    refusedMs: Math.max(0, Math.max(...firstRefused) - revokedAtMs),
    servedMs: Math.max(0, Math.max(...served.map(({ sentAtMs }) => sentAtMs)) - revokedAtMs),
    problems,
  };
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + patience.timeout;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error(`in vain: ${what}`);
    await delay(1);
  }
}
