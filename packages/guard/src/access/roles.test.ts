import { expect, test } from 'vitest';
import { roleSuffices, roles } from './roles.ts';

test('R1: a role suffices exactly for its own rank and those below', () => {
  const allowed = roles.map((held) => roles.map((needed) => roleSuffices(held, needed)));
  expect(allowed).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});

test.each(['', 'root', 'Admin', 'constructor', '__proto__', 'toString'])(
  'R1: the unknown role %j is refused on either side',
  (unknown) => {
    expect(roleSuffices(unknown, 'user')).toBe(false);
    expect(roleSuffices('super_admin', unknown)).toBe(false);
    expect(roleSuffices(unknown, unknown)).toBe(false);
  },
);
