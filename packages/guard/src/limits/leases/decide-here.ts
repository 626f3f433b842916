import type { Clock } from '../../clock.ts';
import type { Counter } from '../counters.ts';
import { decide, type WindowState } from '../decide.ts';
import type { LimitDecision } from '../limit-store.ts';
import type { Lease } from './lease.ts';
import { nameOf } from './lease-bank.ts';
import type { LeaseTable } from './lease-table.ts';
import type { Leases, TripReply } from './lease-trips.ts';

/** The decision of a node that holds a permit of every counter, or knows that there is none to be had. */
export function decideHere(
  table: LeaseTable,
  counters: readonly Counter[],
  clock: Clock,
): LimitDecision | undefined {
  const nowMs = clock.monotonic();
  const leases: Lease[] = [];
  for (const counter of counters) {
    const lease = table.find(nameOf(counter));
    if (lease === undefined || lease.counter.window.limit !== counter.window.limit) return undefined;
    if (!lease.isRunning(nowMs)) return undefined;
    if (lease.unspent < 1 && !isFinal(lease, counter, counters, nowMs)) return undefined;
    leases.push(lease);
  }
  const decision = decide(
    leases.map((lease) => stateOf(lease, nowMs, clock.now())),
    1,
  );
  if (decision.admitted) for (const lease of leases) lease.spend();
  return decision;
}

/** Whether a refusal by this window says truly how long to wait: no other window can end later. */
function isFinal(lease: Lease, own: Counter, counters: readonly Counter[], nowMs: number): boolean {
  const leftMs = lease.endsNotBeforeMs - nowMs;
  return lease.isExhausted && counters.every((other) => other === own || other.window.windowMs <= leftMs);
}

/** A window as the node knows it at a moment (monotonic, and Unix milliseconds). */
export function stateOf(lease: Lease, nowMs: number, unixNowMs: number): WindowState {
  const { window } = lease.counter;
  const isOpen = nowMs < lease.endsNotAfterMs;
  return {
    window,
    used: isOpen ? window.limit - lease.left : 0,
    // A window that is open now was opened before: what a late answer allows beyond its length is not true (L2).
    leftMs: isOpen ? Math.min(lease.endsNotAfterMs - nowMs, window.windowMs) : window.windowMs,
    resetAtMs: isOpen ? lease.resetAtMs : unixNowMs + window.windowMs,
  };
}

/**
 * The windows that the bank has decided by. They may have ended since it answered, and the node may have heard of later
 * ones: a call is told of those from which its permits were debited (L1).
 */
export function statesOf({ leases }: Leases, reply: TripReply, unixNowMs: number): WindowState[] {
  return leases.map((lease, at) => {
    const decidedBy = reply.windows[at];
    if (decidedBy === undefined || decidedBy.endsAtMs === 0 || decidedBy.endsAtMs === lease.endsAtMs)
      return stateOf(lease, reply.receivedAtMs, unixNowMs);
    const { window } = lease.counter;
    const { remaining, extra, endsAtMs } = decidedBy;
    const used = window.limit - remaining - extra;
    return { window, used, leftMs: endsAtMs - reply.nowMs, resetAtMs: endsAtMs };
  });
}
