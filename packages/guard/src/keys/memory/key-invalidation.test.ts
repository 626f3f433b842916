import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyCache, Lookup } from './key-cache.ts';
import { InvalidationWorld, type Mutation, type Step } from './testing/invalidation-world.ts';

const pick = fc.nat(5);
const simple = <Kind extends Step['kind']>(...kinds: Kind[]) =>
  fc.constantFrom(...kinds).map((kind) => ({ kind }) as Step);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom('changing' as const, 'changing' as const, 'other' as const)
      .map((key) => ({ kind: 'verify' as const, key })),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('read row' as const, 'answer look-up' as const), pick }),
  },
  { weight: 3, arbitrary: simple('revoke or restore') },
  { weight: 1, arbitrary: simple('change a set of keys', 'change a third key') },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail look-up' as const), pick }) },
  { weight: 4, arbitrary: simple('send beat', 'commit beat') },
  { weight: 6, arbitrary: simple('hear', 'hear all') },
  { weight: 3, arbitrary: simple('listen', 'listen', 'lose connection') },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('hear by Redis' as const), pick, comesAgain: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(1, 500, 1_000, 3_000, 6_000).map((ms) => ({ kind: 'wait' as const, ms })),
  },
);
const inOrder = (...taken: Step[]) => fc.constant(taken);
// What often comes together, so that the longer stories are told often enough.
const steps = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: step.map((one) => [one]) },
      {
        weight: 2,
        arbitrary: inOrder(
          { kind: 'listen' },
          { kind: 'verify', key: 'changing' },
          { kind: 'answer look-up', pick: 0 },
        ),
      },
      { weight: 2, arbitrary: inOrder({ kind: 'send beat' }, { kind: 'commit beat' }) },
      {
        weight: 2,
        arbitrary: inOrder(
          { kind: 'wait', ms: 6_000 },
          { kind: 'hear' },
          { kind: 'verify', key: 'changing' },
        ),
      },
    ),
    { maxLength: 40, size: 'max' },
  )
  .map((taken) => taken.flat());

const holds = (mutation?: Mutation) =>
  fc.asyncProperty(steps, async (taken) => {
    const world = new InvalidationWorld(mutation);
    await world.run(taken);
    expect([...world.problems, ...world.loops]).toEqual([]);
  });

describe('in whatever order rows are read, changes committed and heard, and beats sent', () => {
  test('K10: no request is answered by a row whose change was heard before it, or was made 5 s before it', async () => {
    await fc.assert(holds(), { numRuns: 3_000 });
  });

  // Each says what the code would do without one of its lines. All have been tried in the code, too.
  test.each<[string, Mutation]>([
    ['a look-up does not note what changes while it runs', filling(() => ({ changed: new Set() }))],
    ['a row is as young as its arrival', filling((_cache, nowMs) => ({ beganAtMs: nowMs }))],
    [
      'a look-up from before a new listening fills it',
      filling((cache) => ({ session: cache.begin(0).session })),
    ],
    ['a beat confirms as of its arrival', (cache, nowMs) => ({ confirm: () => cache.confirm(nowMs()) })],
    ['what was read before a new listening stays believed', () => ({ distrust: () => {} })],
    ['a request joins a look-up however old', () => ({ isCurrent: () => true })],
    ['what is heard of a key drops nothing', () => ({ drop: () => {} })],
    ['what is heard of a set of keys drops nothing', () => ({ clear: () => {} })],
    ['age does not matter', (cache) => ({ get: (digest) => cache.get(digest, 0) })],
    [
      'hearing of a change confirms',
      (cache, nowMs) => ({
        drop(subject) {
          cache.drop(subject);
          cache.confirm(nowMs());
        },
      }),
    ],
  ])('K10: it would be noticed if: %s', async (_what, mutation) => {
    const { failed } = await fc.check(holds(mutation), { numRuns: 20_000, seed: 1, endOnFailure: true });
    expect(failed).toBe(true);
  });
});

/** A look-up that claims something else than what was when it began and meanwhile. */
function filling(claim: (cache: KeyCache, nowMs: number) => Partial<Lookup>): Mutation {
  return (cache, nowMs) => ({
    fill(lookup, digest, key) {
      cache.abandon(lookup);
      return cache.fill({ ...lookup, ...claim(cache, nowMs()) }, digest, key);
    },
  });
}
