import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['9999999999', 86_400_000],
  ['soon', undefined],
  ['', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['2026-01-01', undefined],
  ['99999999999', undefined],
  [null, undefined],
])('O4: Retry-After %j is a wait of %j ms', (value, waitMs) => {
  expect(retryAfterMs(value, nowMs)).toBe(waitMs);
});

test('O4: whatever stands there, a wait is never negative and at most a day', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const waitMs = retryAfterMs(text, nowMs) ?? 0;
      expect(waitMs >= 0 && waitMs <= 86_400_000).toBe(true);
    }),
  );
});
