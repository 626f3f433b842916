import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { watchPauseMs } from './rounds.ts';
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
/** For how long the key is used on after it was refused, to see that it stays so. */
const afterMs = 30;

const agent = new Agent({ keepAlive: true });

/** What a request with the key is answered by the node. */
export async function statusOf(url: string, key: string): Promise<number> {
  const wish = { kind: 'list', method: 'GET', path: '/api/metadata?limit=1', key, expected: [200] };
  const outcome = await send(agent, url, wish, 'revocation');
  return outcome.kind === 'answered' ? outcome.answer.status : 0;
}

/** Uses a key on every node without a pause, has it revoked, and sees when each node refuses it. */
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
  const all = (test: (seen: readonly Seen[]) => boolean) => watches.every(({ seen }) => test(seen));
  await until(() => all((seen) => seen.length > 2), 10_000);
  await revoke();
  const revokedAtMs = performance.now();
  await until(() => all((seen) => seen.some(({ status }) => status === 401)), stopsWithinMs + 1_000);
  await delay(afterMs);
  isWatching = false;
  await Promise.all(running);
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

async function until(isTrue: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isTrue() && performance.now() < deadline) await delay(1);
}
