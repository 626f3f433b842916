import { expect, test } from 'vitest';
import type { Clock } from '../../clock.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import type { LeaseBank, LeaseReply } from './lease-bank.ts';
import { leasedLimits } from './leased-limits.ts';

const requests = [{ key: 'short', windows: [{ limit: 5, windowMs: 2_000 }] }];

/** Time goes on whenever somebody looks at it, as on a busy node. */
function hastyClock(stepMs: number): Clock {
  const clock = fakeClock();
  return {
    now: clock.now,
    monotonic() {
      clock.advance(stepMs);
      return clock.monotonic();
    },
  };
}

/** A bank that gives one answer to everything. */
function bankThatSays(reply: (bankNowMs: number) => Omit<LeaseReply, 'nowMs'>, clock: Clock): LeaseBank {
  return {
    async lease() {
      const nowMs = clock.now();
      return { nowMs, ...reply(nowMs) };
    },
    giveBack: async () => {},
    recall() {},
    onRecall() {},
    beat: async () => ({ epoch: 'only', nodes: 1, settlingMs: 0 }),
    leave: async () => {},
  };
}

const lastMs = (admitted: number, remaining: number) => (bankNowMs: number) => ({
  admitted,
  windows: [{ remaining, extra: 0, endsAtMs: bankNowMs + 1, isHeldElsewhere: false }],
});

async function takeAtTheEnd(admitted: number, remaining: number) {
  const clock = hastyClock(3);
  const beganAtMs = clock.now();
  const bank = bankThatSays(lastMs(admitted, remaining), clock);
  const store = leasedLimits({ bank, clock, sleep: async () => {}, pause: () => new Promise(() => {}) });
  await new Promise((resolve) => setImmediate(resolve));
  const decision = await store.take(requests);
  await store.close();
  return { decision, spentMs: clock.now() - beganAtMs };
}

test('L2: a call that was let in at the end of a window is told of that window, however late the answer is read', async () => {
  const { decision, spentMs } = await takeAtTheEnd(1, 2);
  expect(decision).toMatchObject({ admitted: true, remaining: 2 });
  expect(decision.resetAtMs).toBeLessThanOrEqual(fakeClock().now() + spentMs);
});

test('L2: a call that is refused at the end of a window is told to wait for that end, not for another window', async () => {
  const { decision, spentMs } = await takeAtTheEnd(0, 0);
  expect(decision).toMatchObject({ admitted: false, remaining: 0 });
  expect(decision.retryAfterMs).toBeLessThanOrEqual(spentMs);
  expect(decision.resetAtMs).toBeLessThanOrEqual(fakeClock().now() + spentMs);
});
