import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyOutages, type OutageScenario, playOutages, shareOf } from './testing/play-outages.ts';

const holds = (
  scenarios: fc.Arbitrary<OutageScenario>,
  property: (scenario: OutageScenario) => Promise<void>,
) => fc.assert(fc.asyncProperty(scenarios, property), { numRuns: 150 });

const sharesOf = ({ limit, nodes }: OutageScenario): number => nodes * shareOf(limit, nodes);

test('L5: whatever outages there are, a window admits its limit and at most the shares of all nodes on top', async () => {
  await holds(anyOutages({ empties: false }), async (scenario) => {
    const { admitted } = await playOutages(scenario);
    expect(admitted).toBeLessThanOrEqual(scenario.limit + sharesOf(scenario));
  });
});

test('L5: nor more when the bank loses everything, however often', async () => {
  await holds(anyOutages({ empties: true }), async (scenario) => {
    const { admitted } = await playOutages(scenario);
    expect(admitted).toBeLessThanOrEqual(scenario.limit + sharesOf(scenario));
  });
});

test('L5: a window that begins and ends while the bank is away admits its limit, or one for each node', async () => {
  const whole = fc.constant([{ fromMs: 0, untilMs: 200_000 }]);
  await holds(anyOutages({ empties: false, outages: whole }), async (scenario) => {
    const { admitted, perNode } = await playOutages({ ...scenario, mayStayAway: true });
    expect(admitted).toBeLessThanOrEqual(Math.max(scenario.limit, scenario.nodes));
    for (const count of perNode) expect(count).toBeLessThanOrEqual(shareOf(scenario.limit, scenario.nodes));
  });
});

test('L5: when all is well again everything that was let in is counted, and no second budget is there', async () => {
  await holds(anyOutages({ empties: true }), async (scenario) => {
    const { admitted, used, exhaust } = await playOutages(scenario);
    expect(used).toBeGreaterThanOrEqual(admitted);
    const after = await exhaust();
    expect(after).toBeLessThanOrEqual(Math.max(scenario.limit, admitted));
    // Nor is much lost: what was on its way when the bank went away.
    if (scenario.empties.length === 0) expect(after).toBeGreaterThanOrEqual(scenario.limit * 0.85);
  });
});

test('L5: nobody waits for a bank that is away, fails, or is refused below his share while permits are left', async () => {
  await holds(anyOutages({ empties: true }), async (scenario) => {
    const { failed, refusedEarly, slowestMs } = await playOutages(scenario);
    expect({ failed, refusedEarly }).toEqual({ failed: 0, refusedEarly: 0 });
    expect(slowestMs).toBeLessThanOrEqual(500);
  });
});
