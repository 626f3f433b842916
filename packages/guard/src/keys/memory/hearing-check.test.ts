import { expect, test } from 'vitest';
import { createHearingCheck } from './hearing-check.ts';

test('K10: a node is deaf since the first beat that it should have heard and did not', () => {
  const check = createHearingCheck();
  check.sent(0);
  expect(check.deafMs(9_000)).toBe(0);
  check.listening(10_000);
  check.sent(9_500);
  expect(check.deafMs(20_000)).toBe(0);
  check.sent(11_000);
  check.sent(12_000);
  expect([check.deafMs(14_000), check.hasHeard]).toEqual([3_000, false]);
  check.heard(11_000);
  expect([check.deafMs(14_000), check.hasHeard]).toEqual([0, true]);
});

test('K10: a beat may be heard before its commit is answered, and a lost connection is not deafness', () => {
  const check = createHearingCheck();
  check.listening(0);
  check.heard(1_000);
  check.sent(1_000);
  expect(check.deafMs(60_000)).toBe(0);
  check.sent(2_000);
  check.lost();
  expect(check.deafMs(60_000)).toBe(0);
});
