import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedKey } from './bounded-key.ts';

test('L1: different keys never get one name, also as UTF-8, and no name is long', () => {
  const keys = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('\ud800', '\udfff', '\ufffd'),
  );
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      const [nameOfA, nameOfB] = [boundedKey(a), boundedKey(b)];
      expect(nameOfA.length).toBeLessThanOrEqual(129);
      expect(Buffer.from(nameOfA).equals(Buffer.from(nameOfB))).toBe(a === b);
      // What stands for a long key cannot be sent as a key of its own.
      expect(boundedKey(nameOfA) === nameOfA).toBe(nameOfA === a);
    }),
  );
});

test('L1: a key that looks like the stand-in of another gets a name of its own', () => {
  const standIn = boundedKey('x'.repeat(10_000));
  expect(standIn).toHaveLength(129);
  expect(boundedKey(standIn)).not.toBe(standIn);
});
