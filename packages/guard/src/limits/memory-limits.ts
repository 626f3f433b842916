import { type Clock, systemClock } from '../clock.ts';
import { type Counter, countersOf } from './counters.ts';
import { decide, type WindowState } from './decide.ts';
import type { LimitDecision, LimitRequest, LimitStore } from './limit-store.ts';
import type { RunningWindow } from './window-lane.ts';
import { WindowRoom } from './window-room.ts';

export interface MemoryLimitsOptions {
  /** Default: the system's. Windows last by its monotonic side. */
  readonly clock?: Clock;
  /**
   * How many windows are kept, about 300 bytes each (default 1,000,000). When all of them run, they stay,
   * and further keys share 4,096 windows: nobody gets more than the limit, some may get less.
   */
  readonly windowsMax?: number;
  /** The same for the windows of addresses, which are apart: a flood from a million of them takes no room from keys. Default 100,000. */
  readonly addressWindowsMax?: number;
  /** Called when keys or addresses begin to share windows for want of room. */
  readonly onFull?: () => void;
}

export interface MemoryLimits extends LimitStore {
  take(requests: readonly LimitRequest[], permits?: number): LimitDecision;
  /** Windows kept, ended ones that are not yet dropped included. */
  windowCount(): number;
}

interface MemoryState extends WindowState {
  /** The key's own running window; undefined when it has none, also while it shares one. */
  readonly own: RunningWindow | undefined;
}

/** Limits of a single node, in its memory (L1). */
export function memoryLimits(options: MemoryLimitsOptions = {}): MemoryLimits {
  const { clock = systemClock, onFull = () => {} } = options;
  const { windowsMax = 1_000_000, addressWindowsMax = 100_000 } = options;
  for (const max of [windowsMax, addressWindowsMax]) {
    if (!Number.isSafeInteger(max) || max < 1)
      throw new RangeError(`room for windows must be a whole number of at least 1, got ${max}`);
  }
  const openRooms = () => ({
    keys: new WindowRoom(windowsMax, clock, onFull),
    addresses: new WindowRoom(addressWindowsMax, clock, onFull),
  });
  let rooms = openRooms();

  const roomOf = ({ window }: Counter): WindowRoom =>
    window.isQuiet === true ? rooms.addresses : rooms.keys;

  function stateOf(counter: Counter, nowMs: number): MemoryState {
    const { window } = counter;
    const found = roomOf(counter).find(counter, nowMs);
    if (found === undefined) {
      const resetAtMs = clock.now() + window.windowMs;
      return { window, used: 0, leftMs: window.windowMs, resetAtMs, own: undefined };
    }
    const { running, isOwn } = found;
    const { used, endMs, resetAtMs } = running;
    return { window, used, leftMs: endMs - nowMs, resetAtMs, own: isOwn ? running : undefined };
  }

  return {
    take(requests, permits = 1) {
      const counters = countersOf(requests, permits);
      const nowMs = Math.floor(clock.monotonic());
      const states = counters.map((counter) => stateOf(counter, nowMs));
      const decision = decide(states, permits);
      if (!decision.admitted || permits === 0) return decision;
      for (let i = 0; i < counters.length; i++) {
        const counter = counters[i] as Counter;
        const own = states[i]?.own;
        if (own === undefined) roomOf(counter).open(counter, permits, nowMs);
        else own.used += permits;
      }
      return decision;
    },
    windowCount: () => rooms.keys.windowCount + rooms.addresses.windowCount,
    async close() {
      rooms = openRooms();
    },
  };
}
