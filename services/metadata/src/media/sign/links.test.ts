import { generateKey, keyringOf } from '@keyward/guard';
import { expect, test } from 'vitest';
import { testKeyring } from '../testing/test-keyring.ts';
import { createLinks, type LinkGrant } from './links.ts';

const grant: LinkGrant = {
  id: 'a',
  userId: 'ann',
  environment: 'live',
  size: undefined,
  expires: 2_000_000_000,
};

function signatureOf(url: string): string {
  return new URL(url, 'http://localhost').searchParams.get('signature') ?? '';
}

test('N5: a signature holds for its own grant and for no other', () => {
  const links = createLinks(testKeyring());
  const signature = signatureOf(links.issue(grant));
  expect(links.holds(grant, signature)).toBe(true);
  const others: Partial<LinkGrant>[] = [
    ...[{ id: 'b' }, { userId: 'ben' }, { environment: 'test' }],
    ...[{ size: '64' as const }, { expires: grant.expires + 1 }],
  ];
  for (const other of others) expect(links.holds({ ...grant, ...other }, signature)).toBe(false);
  for (const wrong of ['', 'x', signature.slice(0, -1), `${signature}A`])
    expect(links.holds(grant, wrong)).toBe(false);
});

test('D2: links outlive a rotation of the keyring, until the old key is retired', () => {
  const [older, newer] = [generateKey('claims'), generateKey('claims')];
  const signature = signatureOf(createLinks(keyringOf([older])).issue(grant));
  expect(createLinks(keyringOf([newer, older])).holds(grant, signature)).toBe(true);
  expect(createLinks(keyringOf([newer])).holds(grant, signature)).toBe(false);
});
