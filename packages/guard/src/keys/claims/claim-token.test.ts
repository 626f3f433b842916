import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generateKey, keyringOf, purposes } from '../../encryption/keyring.ts';
import { claimLink, claimToken, readClaimToken } from './claim-token.ts';

const keys = purposes.map(generateKey);
const keyring = keyringOf(keys);

test('K8: a token is the same each time it is made, and read back as its claim', () => {
  fc.assert(
    fc.property(fc.uuid(), (id) => {
      const token = claimToken(keyring, id);
      expect(token).toBe(claimToken(keyring, id));
      expect(token).toMatch(/^kwc_[0-9a-f-]{36}_[A-Za-z0-9_-]{43}$/);
      expect(readClaimToken(keyring, token)).toBe(id);
    }),
  );
});

test('K8: a token changed in any one character is no token', () => {
  const token = claimToken(keyring, randomUUID());
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...'0aZ_-#f9'), (at, character) => {
      fc.pre(token[at] !== character);
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      expect(readClaimToken(keyring, changed)).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
  for (const more of [`${token} `, `${token}\n`, ` ${token}`, token.toUpperCase(), token.slice(0, -1), ''])
    expect(readClaimToken(keyring, more)).toBeUndefined();
});

test('K8, D2: after the key of claims was replaced old tokens hold until it is retired', () => {
  const id = randomUUID();
  const token = claimToken(keyring, id);
  const newer = generateKey('claims');
  expect(readClaimToken(keyringOf([newer, ...keys]), token)).toBe(id);
  expect(
    readClaimToken(keyringOf([newer, ...keys.filter(({ purpose }) => purpose !== 'claims')]), token),
  ).toBeUndefined();
});

test('K8: the token stands behind the # of its link, which reaches no server', () => {
  const url = new URL(claimLink('https://keys.example.com', claimToken(keyring, randomUUID())));
  expect([url.pathname, url.search]).toEqual(['/claim', '']);
  expect(readClaimToken(keyring, url.hash.slice(1))).toBeDefined();
});
