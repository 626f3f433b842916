import type { Clock } from '../../clock.ts';
import type { Counter } from '../counters.ts';
import { decide, type WindowState } from '../decide.ts';
import type { Lease } from '../leases/lease.ts';
import type { LeaseTable } from '../leases/lease-table.ts';
import type { LimitDecision } from '../limit-store.ts';
import type { OverflowCounts } from './overflow-counts.ts';

export interface AloneDeps {
  readonly table: LeaseTable;
  readonly overflow: OverflowCounts;
  readonly clock: Clock;
  /** Nodes among which a limit is divided. */
  readonly nodes: number;
}

/** A window that the node counts alone. */
interface OwnCount {
  readonly state: WindowState;
  spend(permits: number): void;
}

/**
 * A decision without the bank (L5): what the node holds, and as much of each limit as falls to it when all nodes get the
 * same, less what it has let in in the running window. At least one.
 */
export function decideAlone(deps: AloneDeps, counters: readonly Counter[], permits: number): LimitDecision {
  const nowMs = deps.clock.monotonic();
  const unixNowMs = deps.clock.now();
  const counts = counters.map((counter) => countOf(deps, counter, nowMs, unixNowMs));
  const decision = decide(
    counts.map(({ state }) => state),
    permits,
  );
  if (decision.admitted && permits > 0) for (const count of counts) count.spend(permits);
  return decision;
}

function countOf(
  { table, overflow, nodes }: AloneDeps,
  counter: Counter,
  nowMs: number,
  unixNowMs: number,
): OwnCount {
  const { limit } = counter.window;
  const cap = Math.max(1, Math.floor(limit / nodes));
  const bucket = overflow.find(counter, nowMs);
  // Once counted with others, a counter stays there to its end, or it would have two shares.
  const lease = bucket === undefined ? table.openWithin(counter) : undefined;
  if (lease !== undefined) {
    return {
      state: stateOf(lease, counter, lease.leftAlone(limit, cap, nowMs), nowMs, unixNowMs),
      spend: (permits) => lease.spendAlone(permits, nowMs, unixNowMs),
    };
  }
  const { windowMs } = counter.window;
  const { used = 0, endMs = nowMs + windowMs, resetAtMs = unixNowMs + windowMs } = bucket ?? {};
  return {
    state: {
      window: counter.window,
      used: limit - cap + used,
      leftMs: endMs - nowMs,
      resetAtMs,
    },
    spend: (permits) => overflow.add(counter, permits, nowMs, unixNowMs),
  };
}

function stateOf(
  lease: Lease,
  { window }: Counter,
  left: number,
  nowMs: number,
  unixNowMs: number,
): WindowState {
  const used = window.limit - left;
  // Past its surest end a window may still run at the bank: nobody is told to wait for less.
  if (!lease.isRunning(nowMs))
    return { window, used, leftMs: window.windowMs, resetAtMs: unixNowMs + window.windowMs };
  return { window, used, leftMs: lease.endsNotAfterMs - nowMs, resetAtMs: lease.resetAtMs };
}
