import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { rootKeyFrom, secretWeakness } from './root-secret.ts';

test('D3: a random secret of 32 characters or more is good', () => {
  for (let round = 0; round < 500; round += 1) {
    expect(secretWeakness(randomBytes(32).toString('base64'))).toBeUndefined();
    expect(secretWeakness(randomBytes(32).toString('hex'))).toBeUndefined();
  }
});

test.each([
  ['', 'needs at least 32'],
  ['short', 'needs at least 32'],
  ['AbCdEfGhIjKlMnOpQrStUvWxYz0123456789', 'published example'],
  ['a'.repeat(64), 'too regular'],
  ['abcdefghijklmnopqrstuvwxyz0123456789', 'too regular'],
  ['passwordpasswordpasswordpassword', 'too regular'],
])('D3: %j is refused', (secret, why) => {
  expect(secretWeakness(secret)).toContain(why);
});

test('D2: two root secrets have two ids, one has one', () => {
  expect(rootKeyFrom('a').id).toBe(rootKeyFrom('a').id);
  expect(rootKeyFrom('a').id).not.toBe(rootKeyFrom('b').id);
});
