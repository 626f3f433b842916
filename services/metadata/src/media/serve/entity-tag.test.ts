import { expect, test } from 'vitest';
import { ifRangeHolds, noneMatchNames } from './entity-tag.ts';

test.each([
  [undefined, false],
  ['"abc"', true],
  ['W/"abc"', true],
  ['"x", "abc"', true],
  ['*', true],
  ['"ab"', false],
  ['abc', false],
])('If-None-Match %j names the tag: %s', (header, names) => {
  expect(noneMatchNames(header, '"abc"')).toBe(names);
});

test.each([
  [undefined, true],
  ['"abc"', true],
  ['W/"abc"', false],
  ['"x"', false],
  ['Wed, 21 Oct 2026 07:28:00 GMT', false],
])('If-Range %j holds: %s', (header, holds) => {
  expect(ifRangeHolds(header, '"abc"')).toBe(holds);
});
