import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTokenId } from './token-id.ts';

const ids = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

test('N4: every id is read from decimal, hex and 64 hex digits alike', () => {
  fc.assert(
    fc.property(ids, (id) => {
      const hex = id.toString(16);
      const forms = [
        `0x${hex}`,
        `0X${hex.toUpperCase()}`,
        hex.padStart(64, '0'),
        hex.toUpperCase().padStart(64, '0'),
      ];
      // Exactly 64 digits are hex, whatever they look like.
      if (String(id).length !== 64) forms.push(String(id));
      for (const form of forms) expect(parseTokenId(form)).toBe(String(id));
    }),
  );
});

test('N4: exactly 64 digits are hex; as decimal the number is asked for as 0x…', () => {
  const digits = '1'.padEnd(64, '0');
  expect(parseTokenId(digits)).toBe(String(BigInt(`0x${digits}`)));
  expect(parseTokenId(`0${digits}`)).toBe(digits);
});

test.each([
  ['', 'nothing'],
  ['0x', 'no digits'],
  ['ff', 'hex without 0x'],
  ['-1', 'a sign'],
  ['1.0', 'a fraction'],
  ['1e3', 'an exponent'],
  [' 1', 'white space'],
  ['1\n', 'a line break'],
  ['١', 'other digits'],
  [`0x1${'0'.repeat(64)}`, 'too many hex digits'],
  [String(2n ** 256n), '2^256'],
])('%s is none: %s', (text) => {
  expect(parseTokenId(text)).toBeUndefined();
});
