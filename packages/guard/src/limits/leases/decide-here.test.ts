import { expect, test } from 'vitest';
import { stateOf } from './decide-here.ts';
import { Lease } from './lease.ts';

test('L2: nobody is told to wait longer than the window lasts, however late a later answer of the bank is read', () => {
  const lease = new Lease({ key: 'k', window: { limit: 2, windowMs: 3_000 } });
  const spent = { remaining: 0, endsAtMs: 13_000, extra: 0, isHeldElsewhere: false };
  lease.renew(spent, 10_000, 99, 100, 0);
  // The bank answered 5 ms later; the node was busy and read it 50 ms later.
  lease.renew(spent, 10_005, 104, 150, 0);
  // A call of the first trip is told now of the window as it was then.
  expect(stateOf(lease, 100, 10_000).leftMs).toBe(3_000);
  expect(stateOf(lease, 200, 10_100).leftMs).toBe(2_945);
});
