import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { defaultAddressLimits } from '../limits/addresses/address-limits.ts';
import { createAddressWindows } from '../limits/addresses/address-windows.ts';
import { memoryLimits } from '../limits/memory-limits.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { createBlockTable } from './block-table.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapMb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

const addressCount = 200_000;
const address = (i: number) => `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.7`;

test('L5, M3: two hundred thousand addresses: memory is bounded, and offenders stay limited and blocked', async () => {
  const clock = fakeClock();
  const addressWindowsMax = 100_000;
  const limits = memoryLimits({ clock, addressWindowsMax });
  const windows = createAddressWindows(defaultAddressLimits);
  const table = createBlockTable({ clock, entriesMax: 100_000 });
  const failed = (from: string) => limits.take(windows(from, ['keyless', 'failed'])).admitted;
  const offenders = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
  const beforeMb = heapMb();

  for (const offender of offenders) for (let i = 0; i < 40; i += 1) failed(offender);
  await table.put(
    offenders.map((offender, i) => ({
      ...{ id: `offender ${i}`, subject: `${offender}/32` },
      ...{ expiresAtMs: clock.now() + 900_000, isRemoved: false },
    })),
  );
  const holder = [{ key: 'key:holder', windows: [{ limit: 1000, windowMs: 3_600_000 }] }];
  expect(limits.take(holder).remaining).toBe(999);

  for (let i = 0; i < addressCount; i += 1) {
    failed(address(i));
    await table.put([
      { id: `row ${i}`, subject: `${address(i)}/32`, expiresAtMs: clock.now() + 60_000, isRemoved: false },
    ]);
  }

  const mb = Math.round(heapMb() - beforeMb);
  process.stdout.write(`${addressCount} addresses in 100,000 windows and 100,000 blocks: ${mb} MB\n`);
  expect(mb).toBeLessThan(100);
  // The one of the key is not among them.
  expect(limits.windowCount()).toBe(addressWindowsMax + 1);
  expect(table.size).toBe(100_000);
  expect(offenders.filter((offender) => failed(offender))).toEqual([]);
  expect(offenders.filter((offender) => table.endsAtMs(offender) === undefined)).toEqual([]);
  expect(limits.take(holder).remaining).toBe(998);

  // What the strangers held is let go of when its time is over.
  clock.advance(60_000);
  expect(failed('198.51.100.1')).toBe(true);
  expect(limits.windowCount()).toBeLessThan(addressWindowsMax);
  expect(table.endsAtMs(address(1))).toBeUndefined();
  expect(table.endsAtMs('192.0.2.1')).toBeDefined();
});
