import { expect, test } from 'vitest';
import { hasRoom } from './has-room.ts';

const GiB = 1024 ** 3;

test.each([
  [10 * GiB, 100 * GiB, true],
  [GiB, 10 * GiB, true],
  [GiB - 1, 10 * GiB, false],
  [4 * GiB, 100 * GiB, false],
  [0, GiB, false],
])('U1: with %d of %d bytes free, uploads go on: %s', (freeBytes, totalBytes, goesOn) => {
  expect(hasRoom({ freeBytes, totalBytes })).toBe(goesOn);
});
