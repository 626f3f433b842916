import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLimit, limitMax, parseLimit } from './parse-limit.ts';

test.each([
  ['1000/1h', 1000, 3_600_000],
  ['10/1s', 10, 1000],
  ['100/1m', 100, 60_000],
  ['1/30d', 1, 2_592_000_000],
  ['1000000000/90s', 1_000_000_000, 90_000],
])('L1: %s is read', (text, limit, windowMs) => {
  expect(parseLimit(text)).toEqual({ limit, windowMs });
});

test.each([
  ['', /write requests\/time/],
  ['1000', /write requests\/time/],
  ['1000/h', /write requests\/time/],
  ['1000/1', /write requests\/time/],
  ['1000/1w', /write requests\/time/],
  ['1000/1H', /write requests\/time/],
  ['1e3/1h', /write requests\/time/],
  ['-1/1h', /write requests\/time/],
  ['1.5/1h', /write requests\/time/],
  [' 1/1h', /write requests\/time/],
  ['1/1h\n', /write requests\/time/],
  ['١/1h', /write requests\/time/],
  ['0/1h', /1 to 1000000000/],
  ['1000000001/1h', /1 to 1000000000/],
  ['1/0s', /1s to 30d/],
  ['1/31d', /1s to 30d/],
  ['1/721h', /1s to 30d/],
])('L1: %j is refused with the reason', (text, reason) => {
  expect(() => parseLimit(text)).toThrow(RangeError);
  expect(() => parseLimit(text)).toThrow(reason);
});

test('L1: what is written reads back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: limitMax }),
      fc.integer({ min: 1, max: 2_592_000 }),
      (limit, seconds) => {
        const window = { limit, windowMs: seconds * 1000 };
        expect(parseLimit(formatLimit(window))).toEqual(window);
      },
    ),
  );
  expect(formatLimit({ limit: 24, windowMs: 86_400_000 })).toBe('24/1d');
  expect(formatLimit({ limit: 24, windowMs: 300 })).toBe('24/300ms');
});
