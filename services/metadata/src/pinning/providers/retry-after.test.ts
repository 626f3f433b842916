import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRetryAfter, retryAfterMsMax } from './retry-after.ts';

const nowMs = Date.UTC(2026, 0, 1);

test('N6: Retry-After is seconds or an HTTP date; anything else is as if it were not there', () => {
  expect(parseRetryAfter('120', nowMs)).toBe(120_000);
  expect(parseRetryAfter(' 0 ', nowMs)).toBe(0);
  expect(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', nowMs)).toBe(60_000);
  expect(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', nowMs)).toBe(0);
  expect(parseRetryAfter('9999999999', nowMs)).toBe(retryAfterMsMax);
  for (const wrong of [null, '', '-1', '1.5', 'soon', '2026-01-01', '99999999999'])
    expect(parseRetryAfter(wrong, nowMs)).toBeUndefined();
});

test('N6: whatever a provider says there, a pause is never negative and at most a day', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const ms = parseRetryAfter(text, nowMs) ?? 0;
      expect(ms >= 0 && ms <= retryAfterMsMax).toBe(true);
    }),
  );
});
