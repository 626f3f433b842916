import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { KeyCount } from './limits-exact-count.ts';
import { sendAll } from './limits-exact-load.ts';
import { type CountingNodes, type KeyWindow, startCountingNodes } from './limits-exact-nodes.ts';
import { hammer, waitAsTold, waitLess, windowSeconds } from './limits-exact-waits.ts';
import { isFullForm, say } from './rounds.ts';

const timeoutMs = 1_800_000;
const hour = 3_600;

/** Keys of one kind and how often each of them is used. */
interface Kind {
  readonly windows: readonly KeyWindow[];
  readonly keys: number;
  readonly uses: number;
}

const short: Kind[] = [
  { windows: [{ limit: 2_000, seconds: hour }], keys: 1, uses: 2_600 },
  { windows: [{ limit: 1_000, seconds: hour }], keys: 1, uses: 1_300 },
  { windows: [{ limit: 100, seconds: hour }], keys: 8, uses: 170 },
  { windows: [{ limit: 5, seconds: 2 }], keys: 6, uses: 170 },
  {
    windows: [
      { limit: 10, seconds: 1 },
      { limit: 100, seconds: hour },
    ],
    ...{ keys: 8, uses: 170 },
  },
];

const full: Kind[] = [
  { windows: [{ limit: 20_000, seconds: 60 }], keys: 1, uses: 220_000 },
  { windows: [{ limit: 1_000, seconds: 60 }], keys: 30, uses: 8_000 },
  { windows: [{ limit: 5_000, seconds: hour }], keys: 19, uses: 8_000 },
  { windows: [{ limit: 100, seconds: hour }], keys: 350, uses: 410 },
  { windows: [{ limit: 5, seconds: 2 }], keys: 250, uses: 410 },
  {
    windows: [
      { limit: 10, seconds: 1 },
      { limit: 1_000, seconds: hour },
    ],
    ...{ keys: 350, uses: 410 },
  },
];

/** Uses every key of every kind on all nodes, 64 connections each, and counts what clients were answered. */
async function count(fleet: CountingNodes, kinds: readonly Kind[], during: (share: number) => void) {
  const windows = kinds.flatMap((kind) => Array.from({ length: kind.keys }, () => kind.windows));
  const uses = kinds.flatMap((kind) => Array.from({ length: kind.keys }, () => kind.uses));
  const keys = await fleet.issueKeys(windows);
  const counts = windows.map((each) => new KeyCount(each));
  const turns = shuffled(uses.flatMap((times, key) => new Array<number>(times).fill(key)));
  const startedAtMs = performance.now();
  await sendAll({
    urls: fleet.nodes.map(({ url }) => url),
    connections: 64,
    ...{ turns, keys },
    seen(key, answer, done) {
      counts[key]?.add(answer);
      during(done / turns.length);
    },
  });
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const sum = (of: (count: KeyCount) => number) => counts.reduce((total, each) => total + of(each), 0);
  say(
    `${turns.length} requests with ${keys.length} keys in ${seconds.toFixed(1)} s: ${sum((each) => each.admitted)} admitted, ${sum((each) => each.refused)} refused, ${sum((each) => each.lost())} lost`,
  );
  return counts;
}

function shuffled(turns: number[]): number[] {
  for (let at = turns.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1));
    [turns[at], turns[other]] = [turns[other] as number, turns[at] as number];
  }
  return turns;
}

const problemsOf = (counts: readonly KeyCount[], mayLose: boolean) =>
  counts.flatMap((each) => each.problems(mayLose));

// Nodes share their limits through Redis: without one there are no three.
describe.skipIf(inject('redisUrl') === '')('three nodes that count on one Redis', () => {
  let fleet: CountingNodes;
  const agent = new Agent({ keepAlive: true });
  const kinds = isFullForm ? full : short;
  beforeAll(async () => {
    fleet = await startCountingNodes();
  }, timeoutMs);
  afterAll(() => fleet[Symbol.asyncDispose]());

  test(
    'L1, L3: clients count exactly the limit of every window that refused, and never more',
    async () => {
      const counts = await fleet.whileShared(() => count(fleet, kinds, () => {}));
      expect(problemsOf(counts, false)).toEqual([]);
      // The hot key went on to be refused.
      expect(counts[0]?.refused).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  test(
    'L2: who waits as long as Retry-After says is let in, who waits a second less is not',
    async () => {
      const waits = [waitAsTold, waitLess, hammer];
      const seen = await fleet.whileShared(() => Promise.all(waits.map((wait) => wait(fleet, agent))));
      expect(seen.map(({ isEarly }) => isEarly)).toEqual([false, true, false]);
      for (const { first } of seen) {
        expect(first.map(({ status }) => status)).toEqual([200, 200, 429]);
        expect(first[2]?.retryAfterSeconds).toBe(windowSeconds);
      }
      const [patient = [], hasty = [], hammering = []] = seen.map(({ later }) => later);
      expect(patient).toMatchObject([{ status: 200 }]);
      expect(hasty).toMatchObject([{ status: 429 }]);
      expect(hammering.at(-1)).toMatchObject({ status: 200 });
      const resets = [...seen.slice(2).flatMap(({ first }) => first), ...hammering.slice(0, -1)];
      expect(new Set(resets.map(({ resetSeconds }) => resetSeconds)).size).toBe(1);
    },
    timeoutMs,
  );

  test(
    'L3: a node that is killed takes at most one hundredth of a limit with it, or one permit',
    async () => {
      let killed: Promise<void> | undefined;
      const kill = (share: number) => {
        if (share >= 0.3) killed ??= fleet.nodes[2]?.kill9();
      };
      const live = async () => {
        if (killed !== undefined) await fleet.nodes[2]?.start();
        killed = undefined;
      };
      const counts = await fleet.whileShared(() => count(fleet, kinds, kill), live);
      expect(killed).toBeDefined();
      expect(problemsOf(counts, true)).toEqual([]);
      expect(counts[0]?.refused).toBeGreaterThan(0);
      await live();
    },
    timeoutMs,
  );
});
