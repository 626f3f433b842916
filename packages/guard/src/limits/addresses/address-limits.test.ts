import { expect, test } from 'vitest';
import { defaultAddressLimits, parseAddressLimits } from './address-limits.ts';
import { createAddressWindows } from './address-windows.ts';

test('L4: the setting changes what it names and leaves the rest as it is', () => {
  expect(parseAddressLimits('keyless=5/1s, sign-in=3/1h')).toEqual({
    ...defaultAddressLimits,
    keyless: { limit: 5, windowMs: 1_000 },
    signIn: { limit: 3, windowMs: 3_600_000 },
  });
  expect(parseAddressLimits('keyless=600/1m,failed=30/1m,sign-in=10/1m,keyed=60000/1m')).toEqual(
    defaultAddressLimits,
  );
  expect(parseAddressLimits('off')).toBeUndefined();
});

test.each([
  '',
  'keyless',
  'keyless=',
  'keyless=0/1m',
  'keyless=1/1m,keyless=2/1m',
  'keyless=off',
  'all=1/1m',
  'off,',
])('L4: %j is refused with what to write', (text) =>
  expect(() => parseAddressLimits(text)).toThrow(RangeError),
);

test('L4: no two windows of two addresses are one count, nor is one of a key', () => {
  const windows = createAddressWindows(defaultAddressLimits);
  const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:0:1::1', 'unknown', 'a:keyless', 'a'];
  const keys = addresses.flatMap((address) =>
    windows(address, ['keyless', 'failed', 'signIn', 'keyed']).map(({ key }) => key),
  );
  expect(new Set(keys).size).toBe(addresses.length * 4);
  expect(keys.every((key) => key.startsWith('address:'))).toBe(true);
  expect(windows('::ffff:192.0.2.1', ['keyless'])).toEqual(windows('192.0.2.1', ['keyless']));
  expect(windows('127.0.0.1', ['keyless'])).toEqual([]);
});
