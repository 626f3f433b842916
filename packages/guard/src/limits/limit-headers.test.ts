import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../testing/fake-clock.ts';
import { limitHeaders } from './limit-headers.ts';
import { memoryLimits } from './memory-limits.ts';

const hour = { limit: 1000, windowMs: 3_600_000 };

test('L2: an admitted call is told limit, remaining and reset, also in the IETF fields', () => {
  const clock = fakeClock(Date.UTC(2026, 0, 1));
  const store = memoryLimits({ clock });
  store.take([{ key: 'a', windows: [hour] }]);
  clock.advance(1500);
  expect(limitHeaders(store.take([{ key: 'a', windows: [hour] }]), clock.now())).toEqual({
    'x-ratelimit-limit': '1000',
    'x-ratelimit-remaining': '998',
    'x-ratelimit-reset': `${Date.UTC(2026, 0, 1, 1) / 1000}`,
    ratelimit: '"1000/1h";r=998;t=3599',
    'ratelimit-policy': '"1000/1h";q=1000;w=3600',
  });
});

test('L2: Retry-After is whole seconds and true: then the call passes, a second sooner it does not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90_000 }),
      fc.integer({ min: 0, max: 90_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (windowMs, laterMs, fractionMs) => {
        const clock = fakeClock();
        const store = memoryLimits({ clock });
        const requests = [{ key: 'a', windows: [{ limit: 1, windowMs }] }];
        clock.advance(fractionMs);
        store.take(requests);
        clock.advance(laterMs % windowMs);
        const refusal = store.take(requests);
        fc.pre(!refusal.admitted);
        const retryAfter = limitHeaders(refusal, clock.now())['retry-after'] ?? '';
        expect(retryAfter).toMatch(/^[1-9]\d*$/);
        clock.advance(Number(retryAfter) * 1000 - 1000);
        if (retryAfter !== '1') expect(store.take(requests, 1).admitted).toBe(false);
        clock.advance(1000);
        expect(store.take(requests).admitted).toBe(true);
      },
    ),
  );
});

test('L2: a clock that differs from that of Redis never shows a time outside the window', () => {
  const decision = {
    admitted: true,
    limit: 5,
    remaining: 4,
    retryAfterMs: 0,
    window: { limit: 5, windowMs: 1000 },
  };
  expect(limitHeaders({ ...decision, resetAtMs: 10_000 }, 90_000).ratelimit).toBe('"5/1s";r=4;t=0');
  expect(limitHeaders({ ...decision, resetAtMs: 90_000 }, 10_000).ratelimit).toBe('"5/1s";r=4;t=1');
});

test('L2: Retry-After is never 0, whatever a driver says', () => {
  const window = { limit: 5, windowMs: 1000 };
  const refusal = { admitted: false, limit: 5, remaining: 0, resetAtMs: 10_000, retryAfterMs: 0, window };
  expect(limitHeaders(refusal, 10_000)['retry-after']).toBe('1');
});
