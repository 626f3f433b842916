import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oldestFirst } from './oldest-first.ts';

test('P9: it always gives what was put in first of all that is still there', () => {
  const step = fc.record({ kind: fc.constantFrom('put', 'put', 'remove', 'next', 'clear'), key: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
      const map = new Map<number, true>();
      const oldest = oldestFirst(map);
      for (const { kind, key } of steps) {
        if (kind === 'clear') map.clear();
        if (kind === 'remove' || kind === 'put') map.delete(key);
        if (kind === 'put') map.set(key, true);
        if (kind !== 'next') continue;
        const expected = map.keys().next().value;
        const given = oldest();
        expect(given).toBe(expected);
        if (given !== undefined) map.delete(given);
      }
    }),
  );
});
