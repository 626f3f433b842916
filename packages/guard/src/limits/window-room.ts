import type { Clock } from '../clock.ts';
import type { Counter } from './counters.ts';
import { SharedWindows } from './shared-windows.ts';
import { type RunningWindow, WindowLane } from './window-lane.ts';

interface Lane {
  readonly own: WindowLane;
  readonly shared: SharedWindows;
}

/** Room for so many windows. When all of them run, they stay, and further keys share windows. */
export class WindowRoom {
  readonly #lanes = new Map<number, Lane>();
  readonly #windowsMax: number;
  readonly #clock: Clock;
  readonly #onFull: () => void;
  /** Windows kept, ended ones that are not yet dropped included. */
  windowCount = 0;

  constructor(windowsMax: number, clock: Clock, onFull: () => void) {
    this.#windowsMax = windowsMax;
    this.#clock = clock;
    this.#onFull = onFull;
  }

  /** The window of a key that runs: its own, or the one that it shares. */
  find({ key, window }: Counter, nowMs: number): { running: RunningWindow; isOwn: boolean } | undefined {
    const lane = this.#laneOf(window.windowMs);
    const own = lane.own.find(key, nowMs);
    if (own !== undefined) return { running: own, isOwn: true };
    const shared = lane.shared.find(key, nowMs);
    return shared && { running: shared, isOwn: false };
  }

  /** Takes permits of a window that the key does not have of its own. */
  open({ key, window }: Counter, permits: number, nowMs: number): void {
    const lane = this.#laneOf(window.windowMs);
    const endMs = nowMs + window.windowMs;
    const resetAtMs = this.#clock.now() + window.windowMs;
    // Once in a shared window, a key stays there to its end, or it would have two budgets.
    if (lane.shared.find(key, nowMs) === undefined && this.#hasRoom(lane, nowMs)) {
      lane.own.open(key, permits, endMs, resetAtMs);
      this.windowCount++;
      return;
    }
    if (!lane.shared.isActive(nowMs)) this.#onFull();
    lane.shared.debit(key, permits, nowMs, endMs, resetAtMs);
  }

  #laneOf(windowMs: number): Lane {
    let lane = this.#lanes.get(windowMs);
    if (lane === undefined) {
      lane = { own: new WindowLane(), shared: new SharedWindows() };
      this.#lanes.set(windowMs, lane);
    }
    return lane;
  }

  #hasRoom(lane: Lane, nowMs: number): boolean {
    // Two out for one in: what has ended never piles up in a lane that is in use.
    this.windowCount -= lane.own.dropEnded(nowMs, 2);
    if (this.windowCount < this.#windowsMax) return true;
    for (const other of this.#lanes.values())
      this.windowCount -= other.own.dropEnded(nowMs, this.#windowsMax);
    return this.windowCount < this.#windowsMax;
  }
}
