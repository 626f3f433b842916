import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Window } from '../../route.ts';
import type { LimitDecision } from '../limit-store.ts';
import { describeDecisions } from './conformance-decisions.ts';
import { modelLimits, requestLists } from './model.ts';
import type { StoreUnderTest } from './store-under-test.ts';

const hourMs = 3_600_000;

/** What every driver of `LimitStore` must hold (L1, L2, L3). Call it inside a test file. */
export function limitStoreConformance(driver: string, open: () => Promise<StoreUnderTest>): void {
  let opened: StoreUnderTest;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  describe(`${driver} limits`, () => {
    describeWindows(() => opened);
    describeDecisions(() => opened);
    describeKeys(() => opened);
    describeProperties(() => opened);
  });
}

function describeWindows(given: () => StoreUnderTest): void {
  test('L1: a window opens with the first admitted call and lasts its length', async () => {
    const take = takerOf(given(), 'a', { limit: 2, windowMs: 60_000 });
    given().advance(12_345);
    expect((await take()).admitted).toBe(true);
    given().advance(59_999);
    expect((await take()).admitted).toBe(true);
    expect((await take()).admitted).toBe(false);
    given().advance(1);
    expect(await take()).toMatchObject({ admitted: true, remaining: 1, resetAtMs: given().nowMs() + 60_000 });
  });

  // 27,000 calls one after the other.
  test('L1: one call in 4 seconds under 1000 an hour is never refused in 30 hours', {
    timeout: 900_000,
  }, async () => {
    const take = takerOf(given(), 'steady', { limit: 1000, windowMs: hourMs });
    for (let call = 0; call < 30 * 900; call++) {
      const { admitted } = await take();
      if (!admitted) expect.fail(`call ${call} was refused`);
      given().advance(4000);
    }
  });

  test('L2: refused calls cost nothing and do not extend the wait', async () => {
    const take = takerOf(given(), 'a', { limit: 3, windowMs: 60_000 });
    for (let call = 0; call < 3; call++) await take();
    for (let second = 0; second < 60; second++) {
      expect(await take()).toMatchObject({ admitted: false, retryAfterMs: 60_000 - second * 1000 });
      given().advance(1000);
    }
    expect(await take()).toMatchObject({ admitted: true, remaining: 2 });
  });

  test('L3: of 200 calls at once exactly the 100 of the limit are admitted', async () => {
    const take = takerOf(given(), 'a', { limit: 100, windowMs: hourMs });
    const decisions = await Promise.all(Array.from({ length: 200 }, () => take()));
    const admitted = decisions.filter((decision) => decision.admitted);
    expect(admitted.map((decision) => decision.remaining).sort((a, b) => a - b)).toEqual([
      ...Array(100).keys(),
    ]);
  });
}

function describeKeys(given: () => StoreUnderTest): void {
  const tenKilobytes = 'k'.repeat(10_000);
  const keys = [
    'a:b',
    'a',
    'b',
    '',
    '*',
    'a\nb',
    'a\0b',
    'a b',
    '{a}',
    '}',
    '60000:a',
    '__proto__',
    '\ud800',
    '\udfff',
  ];
  const longKeys = [
    `${'p'.repeat(127)}1`,
    `${'p'.repeat(127)}2`,
    tenKilobytes,
    `${tenKilobytes}k`,
    `${tenKilobytes}\ud800`,
    `${tenKilobytes}\udfff`,
  ];

  test('L1: keys are told apart whatever they hold', async () => {
    const window = { limit: 1, windowMs: 60_000 };
    for (const key of [...keys, ...longKeys]) {
      expect((await takerOf(given(), key, window)()).admitted, JSON.stringify(key.slice(-20))).toBe(true);
    }
    for (const key of [...keys, ...longKeys]) {
      expect((await takerOf(given(), key, window)()).admitted, JSON.stringify(key.slice(-20))).toBe(false);
    }
  });
}

function describeProperties(given: () => StoreUnderTest): void {
  test('L1: who never sends more than the limit within any window length is never refused', async () => {
    let run = 0;
    const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), gaps, async (limit, gapsMs) => {
        const take = takerOf(given(), `polite ${run++}`, { limit, windowMs: 60_000 });
        const sentAtMs: number[] = [];
        for (const gapMs of gapsMs) {
          given().advance(gapMs);
          const nowMs = given().nowMs();
          if (sentAtMs.filter((at) => at > nowMs - 60_000).length >= limit) continue;
          sentAtMs.push(nowMs);
          expect((await take()).admitted).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('L1, L2, L3: any trace of calls is decided as by the plain model', async () => {
    let run = 0;
    const step = fc.record({
      advanceMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 70_000 })),
      requests: requestLists,
      permits: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (trace) => {
        const model = modelLimits();
        const prefix = `run ${run++} `;
        for (const { advanceMs, requests, permits } of trace) {
          given().advance(advanceMs);
          const named = requests.map((request) => ({ ...request, key: prefix + request.key }));
          const decision = await given().store.take(named, permits);
          expect(decision).toEqual(model.take(requests, permits, given().nowMs()));
        }
      }),
      { numRuns: 100 },
    );
  });
}

/** Takes one permit of one window. */
function takerOf({ store }: StoreUnderTest, key: string, window: Window): () => Promise<LimitDecision> {
  const requests = [{ key, windows: [window] }];
  return async () => store.take(requests);
}
