import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRange } from './parse-range.ts';

const part = (start: number, end: number) => ({ kind: 'part', range: { start, end } });
const whole = { kind: 'whole' };
const unsatisfiable = { kind: 'unsatisfiable' };

describe('N5: a Range header over 1000 bytes', () => {
  test.each([
    [undefined, whole],
    ['bytes=0-0', part(0, 0)],
    ['bytes=0-499', part(0, 499)],
    ['bytes=500-', part(500, 999)],
    ['bytes=999-', part(999, 999)],
    ['bytes=990-5000', part(990, 999)],
    ['bytes=-1', part(999, 999)],
    ['bytes=-5000', part(0, 999)],
    ['BYTES= 1-2 ', part(1, 2)],
    [`bytes=0-${'9'.repeat(400)}`, part(0, 999)],
    ['bytes=1000-', unsatisfiable],
    ['bytes=5000-6000', unsatisfiable],
    ['bytes=-0', unsatisfiable],
    [`bytes=${'9'.repeat(400)}-`, unsatisfiable],
    ['bytes=5-4', whole],
    ['bytes=', whole],
    ['bytes=-', whole],
    ['bytes=a-b', whole],
    ['bytes=0-1,5-6', whole],
    ['bytes=0x0-0x5', whole],
    ['bytes=1.0-2', whole],
    ['bytes=--5', whole],
    ['items=0-1', whole],
    ['0-1', whole],
  ])('%s', (header, wish) => {
    expect(parseRange(header, 1000)).toEqual(wish);
  });

  test('always lies within the file', () => {
    const header = fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d{0,20}-\d{0,20}$/));
    fc.assert(
      fc.property(header, fc.integer({ min: 1, max: 10_000 }), (text, bytes) => {
        const wish = parseRange(text, bytes);
        if (wish.kind !== 'part') return;
        expect(wish.range.start).toBeGreaterThanOrEqual(0);
        expect(wish.range.start).toBeLessThanOrEqual(wish.range.end);
        expect(wish.range.end).toBeLessThan(bytes);
      }),
    );
  });
});
