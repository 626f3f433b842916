import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosBed } from './chaos-bed.ts';
import type { Ledger } from './ledger.ts';
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
  const loadedAtMs = performance.now();
  load.start(keyward.url);
  await anyMoment(ledger);
  const afterMs = Math.round(performance.now() - loadedAtMs);
  const open = load.open;
  load.hold();
  await keyward.kill9();
  await load.settled();
  const cut = ledger.cutAmong(open);
  const startedAtMs = performance.now();
  await keyward.start();
  return { afterMs, open: open.length, cut, startMs: Math.round(performance.now() - startedAtMs) };
}

/** Some answers and some milliseconds on: how far the node has come by then is left to chance and to the machine. */
async function anyMoment(ledger: Ledger): Promise<void> {
  const wanted = ledger.answered + between(20, 400);
  const deadlineMs = performance.now() + between(1_000, 4_000);
  while (ledger.answered < wanted && performance.now() < deadlineMs) await delay(between(1, 20));
}
