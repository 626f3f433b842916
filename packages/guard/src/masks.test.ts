import { expect, test } from 'vitest';
import { maskEmail, maskKey, maskKeysIn, maskSecretsIn, maskUserId } from './masks.ts';

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
  ['/t/SK%2Dmeterr%5Flive%5Fabcdefghijklmnopqrstuvwxyz012345', '/t/SK%2Dm...2345'],
  ['curl/8 sk-metadata_test_00000000', 'curl/8 sk-met...0000'],
  ['nothing to see', 'nothing to see'],
])('A1: a key in %s is masked', (text, masked) => expect(maskKeysIn(text)).toBe(masked));

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
