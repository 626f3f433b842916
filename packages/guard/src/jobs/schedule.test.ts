import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSchedule } from './schedule.ts';

const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2060, 0, 1) });
const text = fc.constantFrom(
  '@every 1s',
  '@every 15s',
  '@every 3600s',
  '* * * * *',
  '0 3 * * *',
  '30 4 1 * *',
  '0 0 * * 1',
);

describe('parseSchedule', () => {
  test('O4: the previous and the next due time enclose every instant, and nothing is due between them', () => {
    fc.assert(
      fc.property(text, instant, (expression, atMs) => {
        const schedule = parseSchedule(expression);
        const previous = schedule.previous(atMs);
        const next = schedule.next(atMs);
        expect(previous).toBeLessThanOrEqual(atMs);
        expect(next).toBeGreaterThan(atMs);
        expect(schedule.next(previous)).toBe(next);
        expect(schedule.previous(next)).toBe(next);
      }),
      { numRuns: 200 },
    );
  });

  test('cron is read in UTC', () => {
    expect(parseSchedule('0 3 * * *').next(Date.UTC(2026, 6, 1, 3))).toBe(Date.UTC(2026, 6, 2, 3));
  });

  test.each(['', 'daily', '@every 0s', '@every 5m', '61 * * * *', '* * * * * *', '* * * *'])(
    'refuses "%s"',
    (wrong) => {
      expect(() => parseSchedule(wrong)).toThrow();
    },
  );
});
