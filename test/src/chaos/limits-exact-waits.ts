import type { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { askOnce, type Seen } from './limits-exact-load.ts';
import type { CountingNodes } from './limits-exact-nodes.ts';

export const windowSeconds = 5;
const uses = 2;

/** A key that has just been used until it was refused, and what it was answered. */
interface Refused {
  readonly first: readonly Seen[];
  readonly retryAfterMs: number;
  /** Whether the window that it was refused by cannot have ended yet. */
  isEarly(): boolean;
  /** Asks with it again, on any node. */
  ask(): Promise<Seen>;
}

/** What was answered until the refusal, and later. */
export interface Waited {
  readonly first: readonly Seen[];
  readonly later: readonly Seen[];
  /** The last answer came before the window can have ended. */
  readonly isEarly: boolean;
}

/** Waits as long as it was told. */
export async function waitAsTold(fleet: CountingNodes, agent: Agent): Promise<Waited> {
  const { first, retryAfterMs, isEarly, ask } = await useUntilRefused(fleet, agent);
  await delay(retryAfterMs);
  return { first, later: [await ask()], isEarly: isEarly() };
}

/** Waits a second less. An answer that took so long that the window may have ended says nothing: then with another key. */
export async function waitLess(fleet: CountingNodes, agent: Agent): Promise<Waited> {
  for (;;) {
    const { first, retryAfterMs, isEarly, ask } = await useUntilRefused(fleet, agent);
    await delay(retryAfterMs - 1_000);
    const answer = await ask();
    if (isEarly()) return { first, later: [answer], isEarly: true };
  }
}

/** Asks without a pause until it is let in, or has waited for as long as it was told. */
export async function hammer(fleet: CountingNodes, agent: Agent): Promise<Waited> {
  const { first, retryAfterMs, isEarly, ask } = await useUntilRefused(fleet, agent);
  const endsAtMs = performance.now() + retryAfterMs;
  const later: Seen[] = [];
  for (let isOver = false; !isOver; ) {
    isOver = performance.now() >= endsAtMs;
    const answer = await ask();
    later.push(answer);
    isOver ||= answer.status !== 429;
  }
  return { first, later, isEarly: isEarly() };
}

/** With another key where this took so long that less of the window may be left than all of its seconds, rounded up. */
async function useUntilRefused(fleet: CountingNodes, agent: Agent): Promise<Refused> {
  for (;;) {
    const [key = ''] = await fleet.issueKeys([[{ limit: uses, seconds: windowSeconds }]]);
    const ask = () => askOnce(agent, fleet.nodes[Math.floor(Math.random() * 3)]?.url ?? '', key);
    const beganAtMs = performance.now();
    const first: Seen[] = [];
    while (first.length <= uses) first.push(await ask());
    if (performance.now() - beganAtMs > 900) continue;
    const retryAfterMs = (first.at(-1)?.retryAfterSeconds ?? 0) * 1_000;
    const isEarly = () => performance.now() < beganAtMs + windowSeconds * 1_000;
    return { first, retryAfterMs, isEarly, ask };
  }
}
