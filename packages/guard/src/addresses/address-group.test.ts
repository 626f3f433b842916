import { expect, test } from 'vitest';
import { addressGroup, isLoopback } from './address-group.ts';

test('L4: a thousand addresses of one /64 are one group, the next /64 is another', () => {
  const groups = new Set(
    Array.from({ length: 1000 }, (_, i) => addressGroup(`2001:db8:0:1:${i.toString(16)}::1`)),
  );
  expect([...groups]).toEqual(['2001:db8:0:1::/64']);
  expect(addressGroup('2001:db8:0:2::1')).toBe('2001:db8:0:2::/64');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['::1', '::/64'],
  ['::1.2.3.4', '::/64'],
  ['2001:DB8:0:1:0:0:0:1', '2001:db8:0:1::/64'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
  ['unknown', 'unknown'],
  ['not:an:address', 'not:an:address'],
])('L4: %s is counted as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
  expect(addressGroup(address)).toBe(group);
});

test('L4: loopback is known in every spelling', () => {
  const inside = ['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'];
  const outside = [
    '126.255.255.255',
    '128.0.0.0',
    '::',
    '::2',
    '::127.0.0.1',
    '10.0.0.1',
    'localhost',
    'unknown',
    '',
  ];
  expect(inside.filter((address) => !isLoopback(address))).toEqual([]);
  expect(outside.filter((address) => isLoopback(address))).toEqual([]);
});
