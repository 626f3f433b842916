import fc from 'fast-check';
import { leasedLimits } from '../../leases/leased-limits.ts';
import { ModelBank } from '../../leases/testing/model-bank.ts';
import { Simulation } from '../../leases/testing/simulation.ts';

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Burst {
  readonly atMs: number;
  readonly node: number;
  readonly calls: number;
  readonly gapMs: number;
}

export interface OutageScenario {
  readonly limit: number;
  readonly nodes: number;
  readonly bursts: readonly Burst[];
  readonly latenciesMs: readonly number[];
  readonly outages: readonly Span[];
  /** When the bank loses all that it knows. */
  readonly empties: readonly number[];
  /** Outages last as long as they like; otherwise all end before the scenario does. */
  readonly mayStayAway?: boolean;
}

/** All happens within one window. */
const windowMs = 600_000;
/** When nodes have seen each other, and calls and outages begin. */
const beginMs = 5_000;
const spanMs = 40_000;
/** Calls and outages are over, and all nodes are back. */
const quietMs = beginMs + spanMs + 20_000;

const moment = fc.integer({ min: 0, max: spanMs });
const anySpans = fc.array(
  fc
    .tuple(moment, fc.integer({ min: 5, max: 15_000 }))
    .map(([fromMs, forMs]) => ({ fromMs, untilMs: fromMs + forMs })),
  { minLength: 1, maxLength: 3 },
);

export function anyOutages(wishes: {
  readonly empties: boolean;
  readonly outages?: fc.Arbitrary<readonly Span[]>;
}): fc.Arbitrary<OutageScenario> {
  return fc.record({
    limit: fc.constantFrom(1, 3, 40, 400, 1_000, 1_500),
    nodes: fc.integer({ min: 1, max: 4 }),
    bursts: fc.array(
      fc.record({
        atMs: moment,
        node: fc.nat({ max: 3 }),
        calls: fc.integer({ min: 1, max: 400 }),
        gapMs: fc.constantFrom(0, 1, 7, 30, 100),
      }),
      { minLength: 2, maxLength: 8 },
    ),
    latenciesMs: fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 20 }),
    outages: wishes.outages ?? anySpans,
    empties: wishes.empties ? fc.array(moment, { minLength: 1, maxLength: 2 }) : fc.constant([]),
  });
}

/** What falls to one node of a limit. */
export const shareOf = (limit: number, nodes: number): number => Math.max(1, Math.floor(limit / nodes));

/** Plays a scenario until all nodes share again. */
export async function playOutages(scenario: OutageScenario) {
  const { limit, nodes, bursts, latenciesMs, outages, empties } = scenario;
  const simulation = new Simulation();
  let turn = 0;
  const bank = new ModelBank(simulation, () => latenciesMs[turn++ % latenciesMs.length] ?? 0);
  const requests = [{ key: 'hot', windows: [{ limit, windowMs }] }];
  const stores = Array.from({ length: nodes }, (_, at) =>
    leasedLimits({
      bank: bank.of(`${at}`),
      clock: simulation.clock(at * 1_000_003),
      sleep: simulation.sleep,
      pause: simulation.sleep,
    }),
  );
  const perNode = stores.map(() => 0);
  const total = () => perNode.reduce((sum, count) => sum + count, 0);
  const seen = { failed: 0, refusedEarly: 0, slowestMs: 0 };

  const ask = async (at: number) => {
    const askedAtMs = simulation.elapsedMs;
    try {
      const decision = await stores[at]?.take(requests);
      if (decision?.admitted) perNode[at] = (perNode[at] ?? 0) + 1;
      // Some permits are lost with trips that failed, and some are held by others.
      else if ((perNode[at] ?? 0) < shareOf(limit, nodes) && total() < limit * 0.85 - 1)
        seen.refusedEarly += 1;
      return decision?.admitted === true;
    } catch {
      seen.failed += 1;
      return false;
    } finally {
      seen.slowestMs = Math.max(seen.slowestMs, simulation.elapsedMs - askedAtMs);
    }
  };
  for (const { atMs, node, calls, gapMs } of bursts)
    for (let call = 0; call < calls; call += 1)
      simulation.after(beginMs + atMs + call * gapMs, () => void ask(node % nodes));
  let awayCount = 0;
  const backAtMs = scenario.mayStayAway === true ? Number.POSITIVE_INFINITY : quietMs - 10_000;
  const turnAway = (by: number) => {
    awayCount += by;
    bank.setAway(awayCount > 0);
  };
  for (const { fromMs, untilMs } of outages) {
    simulation.after(beginMs + fromMs, () => turnAway(1));
    simulation.after(Math.min(beginMs + untilMs, backAtMs), () => turnAway(-1));
  }
  for (const atMs of empties) simulation.after(beginMs + atMs, () => bank.empty());
  // Nodes say for ever that they live: the simulation would not end by itself.
  await simulation.run(quietMs + 40_000);
  const counter = { key: 'hot', window: { limit, windowMs } };
  const used = [...bank.used(counter).values()].at(-1) ?? 0;
  const admitted = total();
  return {
    ...seen,
    admitted,
    perNode: [...perNode],
    used,
    /** Calls on all nodes in turn until all refuse; what was admitted in the end. */
    async exhaust(): Promise<number> {
      for (let refusals = 0, call = 0; refusals < nodes; call += 1) {
        const asking = ask(call % nodes);
        await simulation.run(simulation.elapsedMs + 300);
        refusals = (await asking) ? 0 : refusals + 1;
      }
      return total();
    },
  };
}
