import type { Burst, LineName, Scenario } from './scenarios.ts';

const burst = (atMs: number, node: number, line: LineName, calls: number, gapMs: number): Burst => ({
  ...{ atMs, node, line, calls, gapMs },
});

/** Scenarios that once went wrong, by what was wrong. */
export const regressions = {
  /** A call was refused while its own node had just been given permits for calls of another line. */
  refusedBesideOwnPermits: {
    ...{ limit: 1_000, nodes: 2, opening: 887, latenciesMs: [0], slowByMs: 0, killedAtMs: null },
    bursts: [
      burst(63, 1, 'own', 49, 0),
      burst(30, 0, 'own', 7, 0),
      burst(30, 3, 'own', 37, 0),
      burst(37, 1, 'twice', 15, 2),
    ],
  },
  /** A call that another window refused was taken for a recall in vain, which nobody had sent. */
  neverRecalled: {
    ...{ limit: 1_000, nodes: 2, opening: 929, latenciesMs: [0], slowByMs: 0, killedAtMs: null },
    bursts: [
      burst(30, 0, 'own', 7, 0),
      burst(30, 3, 'routed', 16, 12),
      burst(30, 3, 'own', 34, 0),
      burst(30, 0, 'own', 13, 0),
    ],
  },
  /** The recall named nobody, since the node had been given a permit of its own meanwhile. */
  recalledNobody: {
    ...{ limit: 1_000, nodes: 2, opening: 884, latenciesMs: [0], slowByMs: 5, killedAtMs: null },
    bursts: [
      burst(30, 0, 'own', 25, 0),
      burst(30, 3, 'routed', 15, 1),
      burst(30, 0, 'own', 5, 0),
      burst(30, 0, 'own', 32, 0),
      burst(30, 0, 'twice', 31, 0),
    ],
  },
} as const satisfies Record<string, Scenario>;
