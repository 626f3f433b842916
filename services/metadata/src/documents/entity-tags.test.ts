import { expect, test } from 'vitest';
import { ifMatchHolds, ifNoneMatchHits } from './entity-tags.ts';

test.each([
  [undefined, true, false],
  ['*', true, true],
  ['"a"', true, true],
  ['"x", "a"', true, true],
  ['"x","a,b"', false, false],
  ['W/"a"', false, true],
  ['a', false, false],
  ['', false, false],
  ['"a', false, false],
])(
  'RFC 9110, 13.1: against "a", %s as If-Match is %s and as If-None-Match %s',
  (header, match, noneMatch) => {
    expect(ifMatchHolds(header, 'a')).toBe(match);
    expect(ifNoneMatchHits(header, 'a')).toBe(noneMatch);
  },
);
