import { type Clock, systemClock } from '../clock.ts';
import { type Counter, countersOf } from './counters.ts';
import { decide, type WindowState } from './decide.ts';
import type { LimitDecision, LimitRequest, LimitStore } from './limit-store.ts';
import { SharedWindows } from './shared-windows.ts';
import { type RunningWindow, WindowLane } from './window-lane.ts';

export interface MemoryLimitsOptions {
  /** Default: the system's. Windows last by its monotonic side. */
  readonly clock?: Clock;
  /**
   * How many windows are kept, about 300 bytes each (default 1,000,000). When all of them run, they stay,
   * and further keys share 4,096 windows: nobody gets more than the limit, some may get less.
   */
  readonly windowsMax?: number;
  /** Called when keys begin to share windows for want of room. */
  readonly onFull?: () => void;
}

export interface MemoryLimits extends LimitStore {
  take(requests: readonly LimitRequest[], permits?: number): LimitDecision;
  /** Windows kept, ended ones that are not yet dropped included. */
  windowCount(): number;
}

interface Lane {
  readonly own: WindowLane;
  readonly shared: SharedWindows;
}

interface MemoryState extends WindowState {
  /** The key's own running window; undefined when it has none, also while it shares one. */
  readonly own: RunningWindow | undefined;
}

/** Limits of a single node, in its memory (L1). */
export function memoryLimits(options: MemoryLimitsOptions = {}): MemoryLimits {
  const { clock = systemClock, windowsMax = 1_000_000, onFull = () => {} } = options;
  if (!Number.isSafeInteger(windowsMax) || windowsMax < 1) {
    throw new RangeError(`windowsMax must be a whole number of at least 1, got ${windowsMax}`);
  }
  const lanes = new Map<number, Lane>();
  let windowCount = 0;

  function laneOf(windowMs: number): Lane {
    let lane = lanes.get(windowMs);
    if (lane === undefined) {
      lane = { own: new WindowLane(), shared: new SharedWindows() };
      lanes.set(windowMs, lane);
    }
    return lane;
  }

  function hasRoom(lane: Lane, nowMs: number): boolean {
    // Two out for one in: what has ended never piles up in a lane that is in use.
    windowCount -= lane.own.dropEnded(nowMs, 2);
    if (windowCount < windowsMax) return true;
    for (const other of lanes.values()) windowCount -= other.own.dropEnded(nowMs, windowsMax);
    return windowCount < windowsMax;
  }

  function open({ key, window }: Counter, permits: number, nowMs: number): void {
    const lane = laneOf(window.windowMs);
    const endMs = nowMs + window.windowMs;
    const resetAtMs = clock.now() + window.windowMs;
    // Once in a shared window, a key stays there to its end, or it would have two budgets.
    if (lane.shared.find(key, nowMs) === undefined && hasRoom(lane, nowMs)) {
      lane.own.open(key, permits, endMs, resetAtMs);
      windowCount++;
      return;
    }
    if (!lane.shared.isActive(nowMs)) onFull();
    lane.shared.debit(key, permits, nowMs, endMs, resetAtMs);
  }

  function stateOf({ key, window }: Counter, nowMs: number): MemoryState {
    const lane = laneOf(window.windowMs);
    const own = lane.own.find(key, nowMs);
    const running = own ?? lane.shared.find(key, nowMs);
    if (running === undefined) {
      return { window, used: 0, leftMs: window.windowMs, resetAtMs: clock.now() + window.windowMs, own };
    }
    return { window, used: running.used, leftMs: running.endMs - nowMs, resetAtMs: running.resetAtMs, own };
  }

  return {
    take(requests, permits = 1) {
      const counters = countersOf(requests, permits);
      const nowMs = Math.floor(clock.monotonic());
      const states = counters.map((counter) => stateOf(counter, nowMs));
      const decision = decide(states, permits);
      if (!decision.admitted || permits === 0) return decision;
      for (let i = 0; i < counters.length; i++) {
        const own = states[i]?.own;
        if (own === undefined) open(counters[i] as Counter, permits, nowMs);
        else own.used += permits;
      }
      return decision;
    },
    windowCount: () => windowCount,
    async close() {
      lanes.clear();
      windowCount = 0;
    },
  };
}
