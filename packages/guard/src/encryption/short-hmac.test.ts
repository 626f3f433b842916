import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generateKey } from './keyring.ts';
import { shortHmacSha256 } from './short-hmac.ts';

test('K1: a short HMAC is the HMAC that Node makes, for every length and whatever came before', () => {
  const keys = [generateKey('checksum'), generateKey('checksum')] as const;
  const texts = fc.string({ unit: 'binary-ascii', maxLength: 128 });
  fc.assert(
    fc.property(texts, fc.constantFrom(...keys), (text, key) => {
      expect(shortHmacSha256(key, text)).toBe(createHmac('sha256', key.material).update(text).digest('hex'));
    }),
    { numRuns: 500 },
  );
});

test('K1: a text that is too long is no silent mistake', () => {
  expect(() => shortHmacSha256(generateKey('checksum'), 'x'.repeat(129))).toThrow(RangeError);
});
