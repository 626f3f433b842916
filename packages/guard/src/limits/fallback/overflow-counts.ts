import type { Counter } from '../counters.ts';
import { SharedWindows } from '../shared-windows.ts';
import type { RunningWindow } from '../window-lane.ts';

/**
 * Counters that a node lets in alone and has no room for: many share one of 4,096 counts per length of window, so that
 * memory is bounded and nobody gets more (L5); some get less. What is counted here each of them owes as its own.
 */
export class OverflowCounts {
  readonly #lanes = new Map<number, SharedWindows>();

  /** Times are monotonic milliseconds but for `resetAtMs`, which is Unix milliseconds. */
  find({ key, window }: Counter, nowMs: number): RunningWindow | undefined {
    return this.#lanes.get(window.windowMs)?.find(key, nowMs);
  }

  add({ key, window }: Counter, permits: number, nowMs: number, unixNowMs: number): void {
    const { windowMs } = window;
    let lane = this.#lanes.get(windowMs);
    if (lane === undefined) {
      lane = new SharedWindows();
      this.#lanes.set(windowMs, lane);
    }
    lane.debit(key, permits, nowMs, nowMs + windowMs, unixNowMs + windowMs);
  }
}
