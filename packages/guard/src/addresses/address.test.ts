import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from './address.ts';

test.each([
  ['192.0.2.1', '192.0.2.1', 4],
  ['0.0.0.0', '0.0.0.0', 4],
  ['::', '::', 16],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', 16],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1', 16],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0', 16],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221', 16],
  ['::1.2.3.4', '::102:304', 16],
  ['::ffff:127.0.0.1', '127.0.0.1', 4],
  ['::FFFF:7f00:1', '127.0.0.1', 4],
  ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1', 4],
])('L4: %s is read as %s', (text, canonical, length) => {
  const address = parseAddress(text);
  expect(address?.text).toBe(canonical);
  expect(address?.bytes).toHaveLength(length);
});

test.each([
  [
    '',
    '1.2.3.999',
    '1.2.3.256',
    '010.0.0.1',
    '10.1',
    '10',
    '2130706433',
    '0x7f.0.0.1',
    '0x7f000001',
    '1.2.3.4.5',
    '1.2.3.',
    '.1.2.3',
  ],
  [
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '1.2.3.4\0',
    '1.2.3.4/32',
    '1.2.3.4:80',
    '１.2.3.4',
    '1,2,3,4',
    '+1.2.3.4',
    '1e0.2.3.4',
  ],
  [
    'fe80::1%eth0',
    '::1%',
    '[::1]',
    '[::1]:80',
    ':::',
    ':',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7',
    'g::',
  ],
  [
    '::ffff:010.0.0.1',
    '::ffff:1.2.3.04',
    '::ffff:1.2.3.999',
    '::1.2.3.4.5',
    '1:2:3:4:5:6:7:1.2.3.4',
    ' ::1',
    '::1\n',
    '::1/64',
  ],
  ['unknown', 'localhost', '_hidden', '*', `::${'0'.repeat(1000)}1`],
])('L4: none of %j, … is an address', (...texts) => {
  expect(texts.filter((text) => parseAddress(text) !== undefined)).toEqual([]);
});

/** Any spelling of an IPv6 address: groups padded or not, in either case, the tail in decimal or not. */
const spellings = fc
  .record({
    groups: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    }),
    pad: fc.boolean(),
    upper: fc.boolean(),
    dotted: fc.boolean(),
    gap: fc.tuple(fc.nat(7), fc.nat(7)),
  })
  .map(({ groups, pad, upper, dotted, gap: [from, count] }) => {
    const texts = groups.map((group) => group.toString(16).padStart(pad ? 4 : 1, '0'));
    const tail = [6, 7].flatMap((i) => [(groups[i] ?? 0) >> 8, (groups[i] ?? 0) & 0xff]).join('.');
    const parts = dotted ? [...texts.slice(0, 6), tail] : texts;
    const zeros = groups.slice(from, from + count + 1);
    const canGap = from + count < parts.length - (dotted ? 1 : 0) && zeros.every((group) => group === 0);
    const text = canGap
      ? `${parts.slice(0, from).join(':')}::${parts.slice(from + count + 1).join(':')}`
      : parts.join(':');
    return { groups, text: upper ? text.toUpperCase() : text };
  });

test('L4: every spelling of an address has the same canonical text, that of the URL standard', () => {
  fc.assert(
    fc.property(spellings, ({ groups, text }) => {
      const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
      fc.pre(!isMapped);
      const address = parseAddress(text);
      expect(address?.text).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
      expect([...(address?.bytes ?? [])]).toEqual(groups.flatMap((group) => [group >> 8, group & 0xff]));
      expect(parseAddress(address?.text ?? '')).toEqual(address);
    }),
    { numRuns: 500 },
  );
});
