import { expect, test } from 'vitest';
import { fakeClock } from '../../testing/fake-clock.ts';
import { Lease } from './lease.ts';
import type { GivenBack, LeaseBank, LeasedWindow, LeaseReply, LeaseRequest } from './lease-bank.ts';
import { leaseTrips } from './lease-trips.ts';
import { leasedLimits } from './leased-limits.ts';

const endsAtMs = 1_800_000_060_000;
const own = { key: 'hot', windows: [{ limit: 1_000, windowMs: 60_000 }] };
const route = { key: 'route', windows: [{ limit: 15, windowMs: 120_000 }] };

const window = (remaining: number, extra = 0, ends = endsAtMs): LeasedWindow => ({
  ...{ remaining, extra, endsAtMs: ends, isHeldElsewhere: false },
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A bank whose answers the test gives, one by one. */
function bankInHand() {
  const asked: { request: LeaseRequest; answer: PromiseWithResolvers<LeaseReply> }[] = [];
  const returned: GivenBack[] = [];
  let recall: (names: readonly string[]) => void = () => {};
  const bank: LeaseBank = {
    lease(request) {
      const answer = Promise.withResolvers<LeaseReply>();
      asked.push({ request, answer });
      return answer.promise;
    },
    async giveBack(permits) {
      returned.push(...permits);
      await settled();
    },
    recall() {},
    onRecall(listener) {
      recall = listener;
    },
    beat: async () => ({ epoch: 'only', nodes: 1, settlingMs: 0 }),
    async leave() {},
  };
  return { bank, asked, returned, recall: (name: string) => recall([name]) };
}

test('L3: a refusal while permits are away is not remembered: they may come back', async () => {
  const { bank, asked, returned } = bankInHand();
  const clock = fakeClock();
  // Nothing comes in between, however long it waits.
  const store = leasedLimits({ bank, clock, sleep: async () => {}, pause: () => new Promise(() => {}) });
  await settled();
  const reply = (admitted: number, ...windows: LeasedWindow[]) =>
    asked.shift()?.answer.resolve({ nowMs: endsAtMs - 50_000, admitted, windows });

  const first = store.take([own]);
  await settled();
  reply(1, window(1, 1));
  expect((await first).admitted).toBe(true);
  const routed = store.take([own, route]);
  await settled();
  const away = asked.shift();
  expect(away?.request.reserved[0]?.permits).toBe(1);
  const refused = store.take([own]);
  await settled();
  while (asked.length > 0) {
    reply(0, window(0));
    await settled();
  }
  expect((await refused).admitted).toBe(false);
  away?.answer.resolve({ nowMs: endsAtMs - 50_000, admitted: 0, windows: [window(0), window(0, 0)] });
  expect((await routed).admitted).toBe(false);
  await settled();
  expect(returned).toMatchObject([{ permits: 1, endsAtMs }]);
  const again = store.take([own]);
  await settled();
  reply(1, window(0));
  expect((await again).admitted).toBe(true);
});

test('L1: what was set aside goes back to its own window when its trip fails in the next', async () => {
  const { bank, asked, returned } = bankInHand();
  const clock = fakeClock();
  const trips = leaseTrips(bank, clock, { epoch: 'only', failed() {} });
  const counter = { key: 'hot', window: { limit: 1_000, windowMs: 60_000 } };
  const lease = new Lease(counter);
  const nowMs = clock.monotonic();
  lease.renew(window(500, 5), endsAtMs - 1_000, nowMs, nowMs, 0);
  const failing = trips.ask({ counters: [counter], leases: [lease] }, 3, false);
  clock.advance(1_000);
  const laterMs = clock.monotonic();
  lease.renew(window(900, 2, endsAtMs + 60_000), endsAtMs, laterMs, laterMs, 0);
  asked.shift()?.answer.reject(new Error('cut'));
  await expect(failing).rejects.toThrow('cut');
  await settled();
  expect(lease.unspent).toBe(2);
  expect(returned).toMatchObject([{ permits: 3, endsAtMs }]);
});

test('L3: permits that arrive after they were recalled go back, and not before does the node say that it has none', async () => {
  const { bank, asked, returned, recall } = bankInHand();
  const store = leasedLimits({ bank, clock: fakeClock(), pause: () => new Promise(() => {}) });
  await settled();
  const reply = (...windows: LeasedWindow[]) =>
    asked.shift()?.answer.resolve({ nowMs: endsAtMs - 50_000, admitted: 1, windows });
  const first = store.take([own]);
  await settled();
  reply(window(500));
  await first;
  const second = store.take([own]);
  await settled();
  expect(asked[0]?.request.extra[0]).toBeGreaterThan(0);
  recall('60000:hot');
  await settled();
  expect(returned).toEqual([]);
  reply(window(400, 5));
  expect((await second).admitted).toBe(true);
  expect(returned).toMatchObject([{ permits: 5, endsAtMs }]);
});
