import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClientAddress } from './client-address.ts';

const proxies = ['10.0.0.0/8', '2001:db8:ffff::/48'];
const clientOf = createClientAddress({ trustedProxies: proxies });

function behind(...chain: string[]): Headers {
  const headers = new Headers({
    forwarded: 'for=6.6.6.6',
    'x-real-ip': '6.6.6.6',
    'cf-connecting-ip': '6.6.6.6',
  });
  for (const field of chain) headers.append('x-forwarded-for', field);
  return headers;
}

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['', 'unknown'],
])('L4: without trusted proxies the client is the peer %j, whatever the headers say', (peer, client) => {
  const named = createClientAddress({ trustedProxies: [] });
  expect(named(peer, behind('1.1.1.1'))).toBe(client);
  expect(named(peer, behind('10.0.0.1, 1.1.1.1'))).toBe(client);
  expect(named(peer, behind())).toBe(client);
});

test.each([
  ['a stranger forges', '192.0.2.1', ['1.1.1.1'], '192.0.2.1'],
  ['one proxy', '10.0.0.1', ['1.1.1.1'], '1.1.1.1'],
  ['a mapped proxy', '::ffff:10.0.0.1', ['1.1.1.1'], '1.1.1.1'],
  ['two proxies', '10.0.0.1', ['1.1.1.1, 10.0.0.2'], '1.1.1.1'],
  ['proxies of both families', '10.0.0.1', ['1.1.1.1,2001:db8:ffff::5'], '1.1.1.1'],
  ['several fields', '10.0.0.1', ['6.6.6.6', '1.1.1.1', '10.0.0.2'], '1.1.1.1'],
  ['a stranger between proxies', '10.0.0.1', ['6.6.6.6, 10.0.0.3, 1.1.1.1, 10.0.0.2'], '1.1.1.1'],
  ['non-canonical', '10.0.0.1', ['2001:DB8::0:1'], '2001:db8::1'],
  ['mapped', '10.0.0.1', ['::ffff:1.1.1.1'], '1.1.1.1'],
  ['a port', '10.0.0.1', ['1.1.1.1:5678'], '1.1.1.1'],
  ['brackets', '10.0.0.1', ['[2001:db8::1]'], '2001:db8::1'],
  ['brackets and a port', '10.0.0.1', ['[::1]:80'], '::1'],
  ['a trusted proxy with a port', '10.0.0.1', ['1.1.1.1, 10.0.0.2:4711'], '1.1.1.1'],
  ['spaces and tabs', '10.0.0.1', ['6.6.6.6 ,\t1.1.1.1 '], '1.1.1.1'],
  ['no chain', '10.0.0.1', [], '10.0.0.1'],
  ['an empty chain', '10.0.0.1', [''], '10.0.0.1'],
  ['only proxies', '10.0.0.1', ['10.0.0.3, 10.0.0.2'], '10.0.0.3'],
  ['an empty last entry', '10.0.0.1', ['1.1.1.1,'], '10.0.0.1'],
  ['an empty first entry', '10.0.0.1', [',10.0.0.2'], '10.0.0.2'],
  ['a broken last entry', '10.0.0.1', ['1.1.1.1, unknown'], '10.0.0.1'],
  ['a broken entry behind a proxy', '10.0.0.1', ['1.1.1.1, 1.2.3.999, 10.0.0.2'], '10.0.0.2'],
  ['a port too large', '10.0.0.1', ['1.1.1.1:65536'], '10.0.0.1'],
  ['IPv4 in brackets', '10.0.0.1', ['[1.1.1.1]'], '10.0.0.1'],
  ['IPv6 and a port without brackets', '10.0.0.1', ['1.1.1.1:80:80'], '10.0.0.1'],
  ['a zone', '10.0.0.1', ['fe80::1%eth0'], '10.0.0.1'],
  ['a forged loopback', '10.0.0.1', ['127.0.0.1, ::1, 1.1.1.1'], '1.1.1.1'],
  [
    'ten forged entries before two proxies',
    '10.0.0.1',
    [`${'6.6.6.6, '.repeat(10)}1.1.1.1, 10.0.0.2`],
    '1.1.1.1',
  ],
  ['an octal entry', '10.0.0.1', ['1.1.1.1, 010.0.0.2'], '10.0.0.1'],
  ['a short entry', '10.0.0.1', ['1.1.1.1, 10.2'], '10.0.0.1'],
  ['a number', '10.0.0.1', ['1.1.1.1, 167772162'], '10.0.0.1'],
  ['a quoted entry', '10.0.0.1', ['"1.1.1.1"'], '10.0.0.1'],
  ['a long entry', '10.0.0.1', ['1'.repeat(5000)], '10.0.0.1'],
])('L4: %s: peer %s with %j is named rightly', (_, peer, chain, client) => {
  expect(clientOf(peer, behind(...chain))).toBe(client);
});

test('L4: a thousand forged entries to the left change nothing', () => {
  const forged = Array.from({ length: 1000 }, (_, i) => `6.${i % 256}.${i >> 8}.6`).join(', ');
  expect(clientOf('10.0.0.1', behind(`${forged}, 1.1.1.1, 10.0.0.2`))).toBe('1.1.1.1');
});

test('L4: whatever a client writes into X-Forwarded-For, it is named by what the first trusted proxy saw', () => {
  const forgery = fc.array(
    fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.9', '', ',', 'unknown', '127.0.0.1'), fc.string()),
    { maxLength: 10 },
  );
  const hops = fc.array(
    fc.integer({ min: 0, max: 255 }).map((i) => `10.1.2.${i}`),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(forgery, hops, (forged, proxiesBetween) => {
      const chain = [...forged, '203.0.113.7', ...proxiesBetween].join(', ');
      expect(clientOf('10.0.0.1', { get: (name) => (name === 'x-forwarded-for' ? chain : null) })).toBe(
        '203.0.113.7',
      );
    }),
  );
});

test.each(['10.0.0.1/8', '10.0.0.0/33', 'localhost', '', '*'])(
  'L4: the trusted proxy %j is refused at creation with its reason',
  (text) => {
    expect(() => createClientAddress({ trustedProxies: ['127.0.0.1', text] })).toThrow(RangeError);
    expect(() => createClientAddress({ trustedProxies: [text] })).toThrow(
      `trusted proxies: ${JSON.stringify(text)} `,
    );
  },
);
