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
  ['-1x', undefined],
  [null, undefined],
])('O4: Retry-After %j is a wait of %j ms', (value, waitMs) => {
  expect(retryAfterMs(value, nowMs)).toBe(waitMs);
});
