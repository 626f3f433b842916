import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LimitDecision } from '../limit-store.ts';
import { leasedLimits } from './leased-limits.ts';
import { ModelBank } from './testing/model-bank.ts';
import { type Answer, play } from './testing/play.ts';
import { regressions } from './testing/regressions.ts';
import { type LineName, lastPermits, requestsOf, type Scenario, windowEnds } from './testing/scenarios.ts';
import { Simulation } from './testing/simulation.ts';

const all: LineName[] = ['own', 'routed', 'twice'];

const holds = (
  runs: number,
  scenarios: fc.Arbitrary<Scenario>,
  property: (scenario: Scenario) => Promise<void>,
  examples: readonly Scenario[] = [],
) =>
  fc.assert(fc.asyncProperty(scenarios, property), {
    numRuns: runs,
    examples: examples.map((scenario) => [scenario]),
  });

/** Calls that were let in though a call before them, already answered, had been refused. */
function overtaken(answers: readonly Answer[]): readonly Answer[] {
  const refusals = answers.filter(({ line, decision }) => line === 'own' && !decision.admitted);
  const firstAtMs = Math.min(...refusals.map(({ answeredAtMs }) => answeredAtMs));
  return answers.filter(({ decision, askedAtMs }) => decision.admitted && askedAtMs > firstAtMs);
}

test('L3: nobody is refused while a permit is left anywhere, and exactly the limit is admitted', async () => {
  await holds(200, lastPermits({ lines: ['own'], latencyMaxMs: 10 }), async (scenario) => {
    const played = await play(scenario);
    expect(played.answers).toHaveLength(played.asked);
    expect(overtaken(played.answers)).toEqual([]);
    expect(played.admitted()).toBe(Math.min(scenario.limit, scenario.opening + played.asked));
  });
});

test('L3: nor while calls that another window refuses have permits set aside', async () => {
  const scenarios = lastPermits({ lines: all, latencyMaxMs: 10 });
  const property = async (scenario: Scenario) => {
    const { answers } = await play(scenario);
    expect(overtaken(answers)).toEqual([]);
  };
  await holds(200, scenarios, property, Object.values(regressions));
});

test('L3: however late messages are, the node that is asked when all is quiet finds what is left', async () => {
  const scenarios = lastPermits({ lines: all, latencyMaxMs: 12, slowByMaxMs: 120 });
  const property = async (scenario: Scenario) => {
    for (let node = 0; node < scenario.nodes; node += 1) {
      const played = await play(scenario);
      await played.exhaust(node);
      expect(played.admitted()).toBe(scenario.limit);
      expect(played.unfounded()).toBe(0);
      // And in the window after it nothing of that is left.
      if (node > 0) continue;
      await played.openNext();
      await played.exhaust(node);
      expect(played.admitted()).toBe(2 * scenario.limit);
      expect(played.unfounded()).toBe(0);
    }
  };
  await holds(250, scenarios, property, Object.values(regressions));
});

test('L3: when all nodes have closed, exactly what was admitted is debited', async () => {
  const scenarios = lastPermits({ lines: all, latencyMaxMs: 60, slowByMaxMs: 120 });
  await holds(200, scenarios, async (scenario) => {
    const played = await play(scenario);
    await played.close();
    expect([...played.used().values()]).toEqual([played.admitted()]);
  });
});

test('L1: no permit is spent but in the window that it came from, and no window is charged for another', async () => {
  const scenarios = windowEnds({ lines: all, latencyMaxMs: 40 });
  await holds(300, scenarios, async (scenario) => {
    const played = await play(scenario);
    expect(played.unfounded()).toBe(0);
    await played.close();
    const told = new Map<number, number>();
    for (const { decision } of played.answers) {
      if (!decision.admitted || decision.window.limit !== scenario.limit) continue;
      told.set(decision.resetAtMs, (told.get(decision.resetAtMs) ?? 0) + 1);
    }
    const used = played.used();
    for (const [endsAtMs, count] of told) expect(count).toBeLessThanOrEqual(used.get(endsAtMs) ?? 0);
  });
});

test('L1: nor when one message of a node overtakes another', async () => {
  await holds(250, windowEnds({ lines: all, latencyMaxMs: 60 }), async (scenario) => {
    const played = await play(scenario, false);
    expect(played.unfounded()).toBe(0);
  });
});

test('L3: a node that dies takes at most one hundredth of the limit with it, and what it was just asked', async () => {
  await holds(200, lastPermits({ lines: ['own'], latencyMaxMs: 10, deaths: true }), async (scenario) => {
    const played = await play(scenario);
    const unanswered = played.asked - played.answers.length;
    await played.exhaust(1);
    expect(played.admitted()).toBeLessThanOrEqual(scenario.limit);
    expect(played.admitted()).toBeGreaterThanOrEqual(scenario.limit - scenario.limit / 100 - unanswered);
  });
});

test('L2: who waits as long as a refusal says is admitted', async () => {
  await holds(100, lastPermits({ lines: ['own'], latencyMaxMs: 40 }), async (scenario) => {
    const simulation = new Simulation();
    let turn = 0;
    const latency = () => scenario.latenciesMs[turn++ % scenario.latenciesMs.length] ?? 0;
    const bank = new ModelBank(simulation, latency);
    const [first, second] = ['a', 'b'].map((name) =>
      leasedLimits({ bank: bank.of(name), clock: simulation.clock(0), sleep: simulation.sleep }),
    );
    const requests = requestsOf('own', scenario.limit);
    void second?.take(requests, scenario.limit);
    const later: (LimitDecision | undefined)[] = [];
    const ask = async () => {
      const refusal = await first?.take(requests);
      simulation.after(refusal?.retryAfterMs ?? 0, async () => later.push(await first?.take(requests)));
    };
    for (const { atMs } of scenario.bursts) simulation.after(100 + atMs * 200, () => void ask());
    await simulation.run();
    expect(later.map((decision) => decision?.admitted)).toEqual(scenario.bursts.map(() => true));
  });
});
