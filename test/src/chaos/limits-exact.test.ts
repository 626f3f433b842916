import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { KeyCount } from './limits-exact-count.ts';
import { askOnce, sendAll } from './limits-exact-load.ts';
import { type CountingNodes, type KeyWindow, startCountingNodes } from './limits-exact-nodes.ts';
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
      let counts = await count(fleet, kinds, () => {});
      // What holds while Redis answers too late is another test's: then once more, with other keys.
      for (let again = 0; again < 2 && fleet.wereAlone(); again += 1) {
        expect(counts.flatMap((each) => each.excesses())).toEqual([]);
        counts = await count(fleet, kinds, () => {});
      }
      expect(problemsOf(counts, false)).toEqual([]);
      // The hot key went on to be refused.
      expect(counts[0]?.refused).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  test('L2: who waits as long as Retry-After says is let in, who waits a second less is not', async () => {
    const [patient, hasty, hammering] = await fleet.issueKeys(
      [1, 2, 3].map(() => [{ limit: 2, seconds: 3 }]),
    );
    const ask = (key: string | undefined, turn: number) =>
      askOnce(agent, fleet.nodes[turn % 3]?.url ?? '', key ?? '');
    const refuse = async (key: string | undefined) => {
      for (let turn = 0; turn < 2; turn += 1) expect((await ask(key, turn)).status).toBe(200);
      const refusal = await ask(key, 2);
      expect(refusal).toMatchObject({ status: 429, retryAfterSeconds: 3 });
      return refusal;
    };
    const wait = async (key: string | undefined, lessMs: number) => {
      const { retryAfterSeconds } = await refuse(key);
      await delay(retryAfterSeconds * 1_000 - lessMs);
      return (await ask(key, 1)).status;
    };
    const hammer = async (key: string | undefined) => {
      const { resetSeconds, retryAfterSeconds } = await refuse(key);
      const endsAtMs = performance.now() + retryAfterSeconds * 1_000;
      while (performance.now() < endsAtMs) {
        const again = await ask(key, Math.floor(Math.random() * 3));
        if (again.status === 200) return again.status;
        expect(again).toMatchObject({ status: 429, resetSeconds });
      }
      return (await ask(key, 0)).status;
    };
    expect(await Promise.all([wait(patient, 0), wait(hasty, 1_000), hammer(hammering)])).toEqual([
      200, 429, 200,
    ]);
  });

  test(
    'L3: a node that is killed takes at most one hundredth of a limit with it, or one permit',
    async () => {
      let isKilled = false;
      const kill = (share: number) => {
        if (isKilled || share < 0.3) return;
        isKilled = true;
        void fleet.nodes[2]?.kill9();
      };
      const counts = await count(fleet, kinds, kill);
      expect(isKilled).toBe(true);
      expect(problemsOf(counts, true)).toEqual([]);
      expect(counts[0]?.refused).toBeGreaterThan(0);
      await fleet.nodes[2]?.start();
    },
    timeoutMs,
  );
});
