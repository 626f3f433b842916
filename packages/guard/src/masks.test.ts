import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskEmail, maskKey, maskKeysIn, maskSecretsIn, maskUserId, withoutEscapes } from './masks.ts';

test.each([
  ['alice@example.com', 'al***@example.com'],
  ['ali@example.com', 'al***@example.com'],
  ['al@example.com', '**@example.com'],
  ['a@example.com', '**@example.com'],
  ['no address', '****'],
])('D5: the e-mail %s becomes %s', (email, masked) => expect(maskEmail(email)).toBe(masked));

test.each([
  ['sk-meterr_live_abcdefghijklmnopqrstuvwxyz012345', 'sk-met...2345'],
  ['0123456789', '012345...6789'],
  ['012345678', '****'],
])('D5: the key %s becomes %s', (key, masked) => expect(maskKey(key)).toBe(masked));

test.each([
  ['0198c2f0-aaaa', '0198****'],
  ['01234567', '0123****'],
  ['0123456', '****'],
])('D5: the user id %s becomes %s', (id, masked) => expect(maskUserId(id)).toBe(masked));

test.each([
  ['/v1/x?api_key=sk-meterr_live_abcdefghijklmnopqrstuvwxyz012345&a=1', '/v1/x?api_key=sk-met...2345&a=1'],
  ['/t/SK%2Dmeterr%5Flive%5Fabcdefghijklmnopqrstuvwxyz012345', '/t/SK-met...2345'],
  ['curl/8 sk-metadata_test_00000000', 'curl/8 sk-met...0000'],
  ['/t/%73%6B-x%5flive_%61bcdefgh%2541bcdef%00%0a', '/t/sk-x_l...cdef%00%0a'],
  ['nothing to see', 'nothing to see'],
  ['/t/100%25%41?x=%73k', '/t/100%25%41?x=%73k'],
])('A1: a key in %s is masked', (text, masked) => expect(maskKeysIn(text)).toBe(masked));

test('A1: however a key is percent-encoded and whatever stands around it, none of its secret is left', () => {
  const encoded = (character: string) => `%${character.charCodeAt(0).toString(16)}`;
  const spelled = fc.record({
    secret: fc.stringMatching(/^[A-Za-z0-9]{32}$/),
    service: fc.stringMatching(/^[a-z][a-z0-9]{0,12}$/),
    environment: fc.constantFrom('live', 'test'),
    escapes: fc.array(fc.nat(3), { minLength: 90, maxLength: 90 }),
    before: fc.constantFrom('', '/a/', '?q=', '&x=%20', 'curl/8 '),
    after: fc.constantFrom('', '/b', '&y=1', '%20z', ' (x)'),
  });
  fc.assert(
    fc.property(spelled, ({ secret, service, environment, escapes, before, after }) => {
      const spell = (text: string) =>
        [...text]
          .map((character, at) => {
            const times = Math.max((escapes[at] ?? 0) - 1, 0);
            if (times === 0) return character;
            return times === 1 ? encoded(character) : encoded(character).replace('%', '%25');
          })
          .join('');
      const masked = maskKeysIn(before + spell(`sk-${service}_${environment}_${secret}`) + after);
      const plain = withoutEscapes(masked);
      for (let at = 0; at + 8 <= secret.length - 4; at += 1)
        expect(plain).not.toContain(secret.slice(at, at + 8));
      expect(masked.startsWith(before) || before.includes('%')).toBe(true);
    }),
  );
});

test('K8: a log line loses the part of a claim that is secret', () => {
  const id = '0198c2f0-1111-7222-8333-444455556666';
  expect(maskSecretsIn(`refused: https://k.example/claim#kwc_${id}_${'aB-_'.repeat(10)}abc.`)).toBe(
    `refused: https://k.example/claim#kwc_${id}_****.`,
  );
});

test('D5: a log line loses keys, addresses and the passwords of URLs', () => {
  expect(maskSecretsIn('open postgres://keyward:hunter2@db.example.com/x for alice@example.com')).toBe(
    'open postgres://keyward:****@db.example.com/x for al***@example.com',
  );
});
