import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SealedValueError, seal, sealedUnder, unseal } from './envelope.ts';

const key = { id: 'k1', material: randomBytes(32) };
const keyOf = (id: string) => (id === key.id ? key.material : undefined);

test('D1: a sealed value opens in its own place, whatever it holds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (plaintext, place) => {
      expect(Buffer.compare(unseal(seal(plaintext, key, place), keyOf, place), plaintext)).toBe(0);
    }),
  );
});

test('D1: the same value is never sealed the same way twice', () => {
  expect(seal(Buffer.from('a'), key, 'p')).not.toBe(seal(Buffer.from('a'), key, 'p'));
});

test('D1: a swapped, altered, cut or foreign value fails loudly', () => {
  const sealed = seal(Buffer.from('secret'), key, 'providers.api_key.1');
  const [head, id, body] = sealed.split('.') as [string, string, string];
  const bytes = Buffer.from(body, 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] as number) ^ 1;
    expect(() =>
      unseal(`${head}.${id}.${altered.toString('base64url')}`, keyOf, 'providers.api_key.1'),
    ).toThrow(SealedValueError);
    expect(() =>
      unseal(`${head}.${id}.${bytes.subarray(0, at).toString('base64url')}`, keyOf, 'providers.api_key.1'),
    ).toThrow(SealedValueError);
  }
  expect(() => unseal(sealed, keyOf, 'providers.api_key.2')).toThrow(SealedValueError);
  expect(() => unseal(sealed.replace('.k1.', '.k2.'), keyOf, 'providers.api_key.1')).toThrow(
    'unknown key k2',
  );
  expect(() => unseal(sealed, () => randomBytes(32), 'providers.api_key.1')).toThrow(SealedValueError);
});

test('D2: the key id is read without opening', () => {
  expect(sealedUnder(seal(Buffer.from('x'), key, 'p'))).toBe('k1');
  expect(() => sealedUnder('iv:tag:ciphertext')).toThrow('not a sealed value');
});
