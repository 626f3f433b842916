import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
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
export async function killNodeUnderLoad(bed: ChaosBed): Promise<KillReport> {
  const { keyward, load, ledger } = bed;
  const loadedAtMs = performance.now();
  load.start(keyward.url);
  const open = await pauseAmongRequests(bed, () => anyMoment(ledger));
  const afterMs = Math.round(performance.now() - loadedAtMs);
  load.hold();
  await keyward.kill9();
  await load.settled();
  const cut = ledger.cutAmong(open);
  const startedAtMs = performance.now();
  await keyward.start();
  return { afterMs, open: open.length, cut, startMs: Math.round(performance.now() - startedAtMs) };
}

/**
 * Stops the node where it is at the first such moment at which enough requests are under way in it, and gives their ids;
 * none of it runs from then on. On a busy machine it may have answered all that are open here: to kill it then would meet
 * nothing.
 */
export async function pauseAmongRequests(
  { keyward, load, ledger }: Pick<ChaosBed, 'keyward' | 'load' | 'ledger'>,
  moment: () => Promise<unknown>,
): Promise<string[]> {
  for (;;) {
    await moment();
    keyward.pause();
    const open = new Set(load.open);
    await allIsRead(ledger);
    const underWay = load.open.filter((id) => open.has(id));
    if (underWay.length >= openMin) return underWay;
    keyward.resume();
  }
}

/** Some answers or some seconds on, however slow the machine is: how far the node has come by then is left to chance. */
export async function anyMoment(ledger: Ledger): Promise<void> {
  const least = ledger.answered + 20;
  const wanted = ledger.answered + between(20, 400);
  const deadlineMs = performance.now() + between(1_000, 4_000);
  const isOver = () => ledger.answered >= wanted || performance.now() >= deadlineMs;
  while (ledger.answered < least || !isOver()) await delay(between(1, 20));
}

/** What the node had answered before it was stopped lies in the sockets: each turn reads all that is there. */
async function allIsRead(ledger: Ledger): Promise<void> {
  const turns = 10;
  for (let quiet = 0; quiet < turns; quiet += 1) {
    const { answered } = ledger;
    await nextTurn();
    if (ledger.answered !== answered) quiet = 0;
  }
}
