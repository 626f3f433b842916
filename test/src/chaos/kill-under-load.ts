import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosBed } from './chaos-bed.ts';
import { between } from './rounds.ts';

/** A kill that meets fewer requests than this shows nothing. */
export const openMin = 8;

export interface KillReport {
  readonly afterMs: number;
  /** Requests that were open when the node was killed. */
  readonly open: number;
  /** Of those, how many never got a whole answer. */
  readonly cut: number;
  /** From the start of the new process until it listens. */
  readonly startMs: number;
}

/** Loads the node, kills it with -9 at a random moment, and starts it again with the same command and nothing else. */
export async function killNodeUnderLoad({ keyward, load, ledger }: ChaosBed): Promise<KillReport> {
  const afterMs = between(200, 1_500);
  load.start(keyward.url);
  await delay(afterMs);
  const open = load.open;
  load.hold();
  await keyward.kill9();
  await load.settled();
  const cut = open.filter((id) => ledger.sent.get(id)?.outcome?.kind === 'cut').length;
  const startedAt = performance.now();
  await keyward.start();
  return { afterMs, open: open.length, cut, startMs: Math.round(performance.now() - startedAt) };
}
