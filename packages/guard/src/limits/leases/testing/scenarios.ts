import fc from 'fast-check';
import type { Window } from '../../../route.ts';
import type { LimitRequest } from '../../limit-store.ts';

/** What a call asks for: the key's own window, and in some lines more. Calls of one line share their trips. */
export type LineName = 'own' | 'routed' | 'twice';

/** Calls of one line on one node, a few milliseconds apart. */
export interface Burst {
  readonly atMs: number;
  readonly node: number;
  readonly line: LineName;
  readonly calls: number;
  readonly gapMs: number;
}

export interface Scenario {
  readonly limit: number;
  readonly nodes: number;
  /** Permits that the first node takes at once before anything else, so that what is left is soon spent. */
  readonly opening: number;
  readonly bursts: readonly Burst[];
  /** How long each message takes, in turn, milliseconds. */
  readonly latenciesMs: readonly number[];
  /** How much longer the messages of the first node take than those of all others; recalls do not. */
  readonly slowByMs: number;
  readonly killedAtMs: number | null;
}

export const windowMs = 60_000;
/** Refuses before the key's own window does and lasts longer, so that permits which were set aside go back. */
export const route: Window = { limit: 15, windowMs: 120_000 };

/** The counters that a line asks for. */
export function requestsOf(line: LineName, limit: number): LimitRequest[] {
  const own = { limit, windowMs };
  if (line === 'own') return [{ key: 'hot', windows: [own] }];
  if (line === 'twice') return [{ key: 'hot', windows: [own, { limit: 4_000, windowMs: 90_000 }] }];
  return [
    { key: 'hot', windows: [own] },
    { key: 'route', windows: [route] },
  ];
}

interface Wishes {
  readonly lines: readonly LineName[];
  /** The longest that a message takes. */
  readonly latencyMaxMs: number;
  readonly slowByMaxMs?: number;
  readonly deaths?: boolean;
}

const burst = (lines: readonly LineName[], atMs: fc.Arbitrary<number>): fc.Arbitrary<Burst> =>
  fc.record({
    atMs,
    node: fc.nat({ max: 3 }),
    line: fc.constantFrom(...lines),
    calls: fc.integer({ min: 5, max: 50 }),
    gapMs: fc.constantFrom(0, 0, 1, 2, 5, 12),
  });

const latencies = (maxMs: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: 0, max: maxMs, noNaN: true }), { minLength: 1, maxLength: 30 });

/** The last permits of a window, wanted by all nodes at once. */
export function lastPermits(wishes: Wishes): fc.Arbitrary<Scenario> {
  const { lines, latencyMaxMs, slowByMaxMs = 0, deaths = false } = wishes;
  const atMs = fc.integer({ min: 30, max: 250 });
  return fc.record({
    limit: fc.constantFrom(1_000, 1_300),
    nodes: fc.integer({ min: 2, max: 4 }),
    opening: fc.integer({ min: 700, max: 980 }),
    bursts: fc.array(burst(lines, atMs), { minLength: 3, maxLength: 8 }),
    latenciesMs: latencies(latencyMaxMs),
    slowByMs: fc.integer({ min: 0, max: slowByMaxMs }),
    killedAtMs: deaths ? atMs : fc.constant(null),
  });
}

/** Calls without a pause while one window ends and another begins. */
export function windowEnds({ lines, latencyMaxMs }: Wishes): fc.Arbitrary<Scenario> {
  const atMs = fc.integer({ min: windowMs - 120, max: windowMs + 120 });
  return fc.record({
    limit: fc.constantFrom(1_000, 1_300),
    nodes: fc.integer({ min: 1, max: 3 }),
    opening: fc.integer({ min: 1, max: 300 }),
    bursts: fc.array(burst(lines, atMs), { minLength: 4, maxLength: 10 }),
    latenciesMs: latencies(latencyMaxMs),
    slowByMs: fc.constant(0),
    killedAtMs: fc.constant(null),
  });
}
