import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Window } from '../../route.ts';
import type { LimitDecision } from '../limit-store.ts';
import { leasedLimits } from './leased-limits.ts';
import { ModelBank } from './testing/model-bank.ts';
import { Simulation } from './testing/simulation.ts';

/** A node that is busy for a while: calls of the key, on one route or another, a few milliseconds apart. */
interface Burst {
  readonly atMs: number;
  readonly node: number;
  readonly hasRoute: boolean;
  readonly calls: number;
  readonly gapMs: number;
}

interface Scenario {
  readonly limit: number;
  readonly windowMs: number;
  readonly nodes: number;
  readonly bursts: readonly Burst[];
  /** How long each message takes, in turn, milliseconds. */
  readonly latenciesMs: readonly number[];
  readonly killedAtMs: number | null;
}

const scenario = (deaths: boolean, spanMs: number, gapMaxMs = 40): fc.Arbitrary<Scenario> =>
  fc.record({
    limit: fc.constantFrom(1_000, 1_200),
    windowMs: fc.constantFrom(60_000, 90_000),
    nodes: fc.integer({ min: 2, max: 4 }),
    bursts: fc.array(
      fc.record({
        atMs: fc.integer({ min: 0, max: spanMs }),
        node: fc.nat({ max: 3 }),
        hasRoute: fc.boolean(),
        calls: fc.integer({ min: 100, max: 500 }),
        gapMs: fc.integer({ min: 0, max: gapMaxMs }),
      }),
      { minLength: 5, maxLength: 9 },
    ),
    latenciesMs: fc.array(fc.double({ min: 0, max: 6, noNaN: true }), { minLength: 1, maxLength: 50 }),
    killedAtMs: deaths ? fc.integer({ min: 0, max: spanMs }) : fc.constant(null),
  });

const withoutRoutes = (given: Scenario): Scenario => ({
  ...given,
  bursts: given.bursts.map((burst) => ({ ...burst, hasRoute: false })),
});

const callsOf = (given: Scenario) =>
  given.bursts.flatMap(({ atMs, calls, gapMs, ...burst }) =>
    Array.from({ length: calls }, (_, at) => ({ ...burst, atMs: atMs + at * gapMs })),
  );

/** Plays a scenario: every decision that a caller got, and the most that the killed node can have held. */
async function play(given: Scenario) {
  const { limit, windowMs, nodes, latenciesMs, killedAtMs } = given;
  const simulation = new Simulation();
  let turn = 0;
  const bank = new ModelBank(simulation, () => latenciesMs[turn++ % latenciesMs.length] ?? 0);
  const stores = Array.from({ length: nodes }, (_, at) =>
    leasedLimits({
      bank: bank.of(`node ${at}`),
      clock: simulation.clock(at * 1_000_003),
      sleep: simulation.sleep,
    }),
  );
  const own: Window = { limit, windowMs };
  // Refuses before the key's own window does, so that permits which were set aside go back.
  const route: Window = { limit: 300, windowMs: 120_000 };
  const decisions: LimitDecision[] = [];
  const admitted = { own: 0, route: 0, late: 0 };
  let isKilled = false;
  const calls = callsOf(given);
  for (const { atMs, node, hasRoute } of calls) {
    const at = node % nodes;
    const requests = [
      { key: 'hot', windows: [own] },
      ...(hasRoute ? [{ key: 'route', windows: [route] }] : []),
    ];
    const isDead = () => isKilled && at === 0;
    simulation.after(atMs, () => {
      if (isDead()) return;
      const taken = stores[at]?.take(requests);
      // Decided without a trip, from permits of a window that must still run.
      if (!(taken instanceof Promise) && taken?.admitted && simulation.nowMs >= taken.resetAtMs)
        admitted.late += 1;
      void Promise.resolve(taken).then((decision) => {
        if (decision === undefined || isDead()) return;
        decisions.push(decision);
        if (!decision.admitted) return;
        admitted.own += 1;
        if (hasRoute) admitted.route += 1;
      });
    });
  }
  if (killedAtMs !== null)
    simulation.after(killedAtMs, () => {
      isKilled = true;
      bank.kill('node 0');
    });
  await simulation.run();
  if (killedAtMs === null) {
    for (const store of stores) void store.close();
    await simulation.run();
  }
  const used = {
    own: bank.used({ key: 'hot', window: own }),
    route: bank.used({ key: 'route', window: route }),
  };
  return { calls: calls.length, decisions, admitted, used, heldMax: Math.floor(limit / 100) };
}

test('L3: whatever overtakes what, within one window exactly the limit is admitted, and nobody is refused before', async () => {
  await fc.assert(
    fc.asyncProperty(scenario(false, 15_000), async (given) => {
      const { calls, decisions, admitted } = await play(withoutRoutes(given));
      expect(decisions).toHaveLength(calls);
      expect(admitted.own).toBe(Math.min(given.limit, calls));
    }),
    { numRuns: 40 },
  );
});

test('L3: when all nodes have closed, exactly what was admitted is debited, of every counter', async () => {
  await fc.assert(
    fc.asyncProperty(scenario(false, 15_000), async (given) => {
      const { admitted, used } = await play(given);
      expect(used).toEqual({ own: admitted.own, route: admitted.route });
    }),
    { numRuns: 40 },
  );
});

test('L3: a node that dies takes at most one hundredth of the limit with it, and what it was just asked', async () => {
  await fc.assert(
    fc.asyncProperty(scenario(true, 15_000), async (given) => {
      const { calls, decisions, admitted, heldMax } = await play(withoutRoutes(given));
      const unanswered = calls - decisions.length;
      expect(admitted.own).toBeLessThanOrEqual(given.limit);
      if (decisions.some((decision) => !decision.admitted))
        expect(admitted.own).toBeGreaterThanOrEqual(given.limit - heldMax - unanswered);
    }),
    { numRuns: 40 },
  );
});

test('L1, L3: over several windows and counters none ever admits more than its limit', async () => {
  await fc.assert(
    fc.asyncProperty(scenario(true, 20_000, 400), async (given) => {
      const { decisions, admitted } = await play(given);
      expect(admitted.late).toBe(0);
      const perWindow = new Map<string, number>();
      for (const { admitted, window, resetAtMs } of decisions) {
        if (!admitted || window.limit !== given.limit) continue;
        const name = `${window.windowMs} ${resetAtMs}`;
        perWindow.set(name, (perWindow.get(name) ?? 0) + 1);
      }
      for (const count of perWindow.values()) expect(count).toBeLessThanOrEqual(given.limit);
    }),
    { numRuns: 40 },
  );
});

test('L2: who waits as long as a refusal says is admitted', async () => {
  await fc.assert(
    fc.asyncProperty(scenario(false, 15_000), async (given) => {
      const simulation = new Simulation();
      let turn = 0;
      const latency = () => given.latenciesMs[turn++ % given.latenciesMs.length] ?? 0;
      const bank = new ModelBank(simulation, latency);
      const [first, second] = ['a', 'b'].map((name) =>
        leasedLimits({ bank: bank.of(name), clock: simulation.clock(0), sleep: simulation.sleep }),
      );
      const requests = [{ key: 'hot', windows: [{ limit: given.limit, windowMs: given.windowMs }] }];
      const later: LimitDecision[] = [];
      for (const { atMs, node } of callsOf(given))
        simulation.after(atMs, () => void (node % 2 ? first : second)?.take(requests));
      simulation.after(15_000, () => {
        for (let call = 0; call < given.limit; call += 1) void first?.take(requests);
      });
      simulation.after(40_000, async () => {
        const refusal = await first?.take(requests);
        simulation.after(refusal?.retryAfterMs ?? 0, async () => {
          const decision = await first?.take(requests);
          if (decision !== undefined) later.push(decision);
        });
      });
      await simulation.run();
      expect(later).toMatchObject([{ admitted: true, remaining: given.limit - 1 }]);
    }),
    { numRuns: 10 },
  );
});
