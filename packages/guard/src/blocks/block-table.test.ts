import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRange, rangeContains } from '../addresses/range.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { shopService } from '../testing/shop-service.ts';
import { createTestGuard } from '../testing/test-guard.ts';
import { type BlockRow, type BlockTableOptions, createBlockTable } from './block-table.ts';

let rows = 0;
function row(subject: string, more: Partial<BlockRow> = {}): BlockRow {
  rows += 1;
  return { id: `row ${rows}`, subject, expiresAtMs: null, isRemoved: false, ...more };
}

function setUp(more: Omit<BlockTableOptions, 'clock'> = {}) {
  const clock = fakeClock();
  return { clock, table: createBlockTable({ clock, ...more }) };
}

describe('a table of blocks', () => {
  test('L4: ranges hold exactly those inside, whatever stands beside them', async () => {
    const bits = fc.tuple(
      fc.constantFrom(8, 9, 12, 16, 24, 25, 31, 32),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    );
    const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
    const range = bits.map(([length, value]) => `${dotted((value & (-1 << (32 - length))) >>> 0)}/${length}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(range, { maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: 31 }), { minLength: 1, maxLength: 10 }),
        fc.array(fc.ipV4(), { maxLength: 10 }),
        async (subjects, flips, others) => {
          const { table } = setUp();
          await table.put(subjects.map((subject) => row(subject)));
          const parsed = subjects.flatMap((subject) => parseRange(subject) ?? []);
          // Neighbours, one bit away, so that both sides of each border are met.
          const near = parsed.flatMap(({ bytes }) => {
            const value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
            return flips.map((flip) => dotted((value ^ (1 << flip)) >>> 0));
          });
          for (const address of [...near, ...others]) {
            const isBlocked = rangeContains(parsed, address) && !address.startsWith('127.');
            expect(table.endsAtMs(address)).toBe(isBlocked ? Number.POSITIVE_INFINITY : undefined);
          }
          expect(table.size).toBe(new Set(subjects).size);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('L4: an IPv6 /64 holds all its addresses in every spelling, and IPv4 never meets IPv6', async () => {
    const { table } = setUp();
    await table.put([row('2001:db8:0:1::/64'), row('192.0.2.0/24')]);
    const blocked = [
      '2001:db8:0:1::1',
      '2001:DB8:0:1:ffff::',
      '192.0.2.9',
      '::ffff:192.0.2.9',
      '::ffff:c000:209',
    ];
    const free = ['2001:db8:0:2::1', '192.0.3.9', '::192.0.2.9', 'c000:209::', 'unknown', ''];
    for (const address of blocked) expect(table.endsAtMs(address)).toBe(Number.POSITIVE_INFINITY);
    for (const address of free) expect(table.endsAtMs(address)).toBeUndefined();
  });

  test('L4: a block ends at its very millisecond; of several the longest counts', async () => {
    const { clock, table } = setUp();
    const now = clock.now();
    await table.put([
      row('192.0.2.1/32', { expiresAtMs: now + 1_000 }),
      row('192.0.2.0/24', { expiresAtMs: now + 500 }),
    ]);
    expect(table.endsAtMs('192.0.2.1')).toBe(now + 1_000);
    expect(table.endsAtMs('192.0.2.2')).toBe(now + 500);
    clock.advance(999);
    expect(table.endsAtMs('192.0.2.1')).toBe(now + 1_000);
    expect(table.endsAtMs('192.0.2.2')).toBeUndefined();
    clock.advance(1);
    expect(table.endsAtMs('192.0.2.1')).toBeUndefined();
  });

  test('M3: loopback, proxies and those on the list are not blocked, whatever the table says', async () => {
    const { table } = setUp({ neverBlock: ['10.0.0.5', '192.0.2.0/24', '2001:db8::5'] });
    await table.put(['0.0.0.0/0', '::/0', '127.0.0.1/32', '10.0.0.5/32'].map((subject) => row(subject)));
    for (const address of ['127.0.0.1', '::1', '10.0.0.5', '::ffff:10.0.0.5', '192.0.2.77', '2001:db8::5'])
      expect(table.endsAtMs(address)).toBeUndefined();
    for (const address of ['10.0.0.6', '2001:db8::6']) expect(table.endsAtMs(address)).toBeDefined();
  });

  test('L4: a row that ended after another of its subject began does not lift that one', async () => {
    const { table } = setUp();
    const first = row('192.0.2.1/32');
    const second = row('192.0.2.1/32');
    await table.put([first]);
    await table.put([second]);
    await table.put([{ ...first, isRemoved: true }]);
    expect(table.endsAtMs('192.0.2.1')).toBeDefined();
    await table.put([{ ...second, isRemoved: true }]);
    expect(table.endsAtMs('192.0.2.1')).toBeUndefined();
    expect(table.size).toBe(0);
  });

  test('L5: beyond its bound it keeps those that it has, says so, and takes others when there is room', async () => {
    let refused = 0;
    const { table } = setUp({ entriesMax: 2, onFull: () => (refused += 1) });
    const [first, second, third] = ['192.0.2.1/32', '192.0.2.2/32', '192.0.2.3/32'].map((subject) =>
      row(subject),
    );
    await table.put([first, second, third].flatMap((one) => one ?? []));
    expect([table.size, refused]).toEqual([2, 1]);
    expect(table.endsAtMs('192.0.2.1')).toBeDefined();
    expect(table.endsAtMs('192.0.2.3')).toBeUndefined();
    await table.replace([second, third].flatMap((one) => one ?? []));
    expect(table.endsAtMs('192.0.2.1')).toBeUndefined();
    expect(table.endsAtMs('192.0.2.3')).toBeDefined();
  });
});

test('L4: who is blocked is told so before all else, recorded, and served again to the second', async () => {
  const clock = fakeClock();
  const table = createBlockTable({ clock });
  const { send, entries, issueKey, lookUps } = createTestGuard([shopService], { clock, blocks: table });
  await table.put([row('203.0.113.7/32', { expiresAtMs: clock.now() + 90_500 }), row('2001:db8:0:1::/64')]);
  const { key } = issueKey({ scopes: ['stock:read'] });
  for (const path of ['/shop/orders/order-1', '/shop/window', '/shop/pulse', '/nowhere']) {
    const refused = await send(path, { headers: { authorization: `Bearer ${key}` } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '91']);
    expect(await refused.json()).toMatchObject({ code: 'blocked' });
  }
  expect(lookUps()).toBe(0);
  expect(entries.at(0)).toMatchObject({ status: 403, errorCode: 'blocked', ip: '203.0.113.7' });
  const forGood = await send('/shop/window', {}, '2001:db8:0:1:9::');
  expect([forGood.status, forGood.headers.get('retry-after')]).toEqual([403, null]);
  expect((await send('/shop/window', {}, '203.0.113.8')).status).toBe(200);
  clock.advance(90_499);
  expect((await send('/shop/window')).status).toBe(403);
  clock.advance(1);
  expect((await send('/shop/window')).status).toBe(200);
});

test('L4: what never became a request is refused to the blocked as well', async () => {
  const table = createBlockTable({ clock: fakeClock() });
  const { guard } = createTestGuard([shopService], { blocks: table });
  await table.put([row('203.0.113.7/32')]);
  const status = async (address: string) =>
    (await guard.refuseUnparsed('malformed_request', { address })).status;
  expect([await status('203.0.113.7'), await status('203.0.113.8')]).toEqual([403, 400]);
});
