import { expect, test } from 'vitest';
import { mediaQuotaBytes } from './media-quota.ts';

test.each([
  [undefined, undefined],
  ['1000', 1000],
  ['5GiB', 5_368_709_120],
  ['1TiB', 1_099_511_627_776],
])('U1: MEDIA_QUOTA=%s is %s bytes', (text, bytes) => {
  const problems: string[] = [];
  expect(mediaQuotaBytes(text, problems)).toBe(bytes);
  expect(problems).toEqual([]);
});

test.each(['0', '-1', '5GB', '1.5GiB', 'much', ''])('U1: MEDIA_QUOTA=%s is refused at the start', (text) => {
  const problems: string[] = [];
  expect(mediaQuotaBytes(text, problems)).toBeUndefined();
  expect(problems).toEqual([expect.stringContaining('MEDIA_QUOTA must be')]);
});
