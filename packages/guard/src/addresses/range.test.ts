import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from './address.ts';
import { parseRange, rangeComplaint, rangeContains } from './range.ts';

test.each([
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['192.0.2.1', '192.0.2.1/32'],
  ['2001:DB8::/32', '2001:db8::/32'],
  ['::1', '::1/128'],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ['::ffff:0:0/96', '0.0.0.0/0'],
])('K6: %s is read as %s', (text, canonical) => {
  expect(parseRange(text)?.text).toBe(canonical);
  expect(rangeComplaint(text)).toBeUndefined();
});

test.each([
  ['', /no IP address/],
  ['10.0.0.0/33', /0 to 32/],
  ['::/129', /0 to 128/],
  ['::ffff:10.0.0.0/95', /96 to 128/],
  ['10.0.0.0/', /prefix length/],
  ['10.0.0.0/08', /prefix length/],
  ['10.0.0.0/-1', /prefix length/],
  ['10.0.0.0/+8', /prefix length/],
  ['10.0.0.0/8.0', /prefix length/],
  ['10.0.0.0/ 8', /prefix length/],
  ['10.0.0.0/8/8', /prefix length/],
  ['10.0.0.0/255.0.0.0', /prefix length/],
  ['10.0.0.1/8', /beyond its prefix of 8/],
  ['2001:db8::1/64', /beyond its prefix of 64/],
  ['::ffff:10.0.0.1/104', /beyond its prefix of 104/],
  ['10.0/8', /no IP address/],
  ['010.0.0.0/8', /no IP address/],
  ['1.2.3.999', /no IP address/],
  ['fe80::%eth0/64', /no IP address/],
  ['*', /no IP address/],
])('K6: %j is refused with the reason', (text, reason) => {
  expect(parseRange(text)).toBeUndefined();
  expect(rangeComplaint(text)).toMatch(reason);
});

/** An address as a number, with the bits of its family. */
interface NumberedAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

const addresses: fc.Arbitrary<NumberedAddress> = fc.oneof(
  fc.record({ bits: fc.constant<32>(32), value: fc.bigInt(0n, 2n ** 32n - 1n) }),
  // Never among the mapped ones, which are IPv4.
  fc.record({ bits: fc.constant<128>(128), value: fc.bigInt(2n ** 64n, 2n ** 128n - 1n) }),
);

function written({ bits, value }: NumberedAddress): string {
  const hex = value.toString(16).padStart(bits / 4, '0');
  if (bits === 128) return hex.replace(/(.{4})(?=.)/g, '$1:');
  return (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
}

test('K6: a range holds exactly the addresses that share its prefix, as told by arithmetic on whole numbers', () => {
  const cases = fc
    .tuple(addresses, addresses, fc.nat(128), fc.nat(128))
    .map(([base, other, length, flipped]) => {
      const prefix = length % (base.bits + 1);
      const mask = ((1n << BigInt(prefix)) - 1n) << BigInt(base.bits - prefix);
      // One bit away from the base, so that both sides of the border are met.
      const near = { bits: base.bits, value: base.value ^ (1n << BigInt(flipped % base.bits)) };
      return {
        network: { bits: base.bits, value: base.value & mask },
        prefix,
        mask,
        candidates: [base, near, other],
      };
    });
  fc.assert(
    fc.property(cases, ({ network, prefix, mask, candidates }) => {
      const range = parseRange(`${written(network)}/${prefix}`);
      if (range === undefined) return expect.fail(`${written(network)}/${prefix} was refused`);
      for (const candidate of candidates) {
        if (candidate.bits === 128 && candidate.value < 2n ** 64n) continue;
        const expected = candidate.bits === network.bits && (candidate.value & mask) === network.value;
        expect(rangeContains([range], written(candidate))).toBe(expected);
      }
    }),
    { numRuns: 1000 },
  );
});

test('K6: mapped addresses are in IPv4 ranges, and no address is in none', () => {
  const [range] = [parseRange('192.0.2.0/24')].flatMap((parsed) => parsed ?? []);
  expect(range && rangeContains([range], '::ffff:192.0.2.7')).toBe(true);
  expect(range && rangeContains([range], '::ffff:c000:207')).toBe(true);
  expect(range && rangeContains([range], parseAddress('192.0.3.7') ?? '')).toBe(false);
  const everything = ['0.0.0.0/0', '::/0'].flatMap((text) => parseRange(text) ?? []);
  for (const text of ['', 'unknown', '192.0.2', '192.0.2.1:80', 'fe80::1%eth0']) {
    expect(rangeContains(everything, text)).toBe(false);
  }
  expect(rangeContains([], '192.0.2.1')).toBe(false);
});
