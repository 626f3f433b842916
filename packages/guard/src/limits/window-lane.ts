/** A window that somebody opened. Times are monotonic milliseconds but for `resetAtMs`, which is Unix milliseconds. */
export interface RunningWindow {
  readonly key: string;
  used: number;
  endMs: number;
  resetAtMs: number;
  next: RunningWindow | undefined;
}

/**
 * The windows of one length. They end in the order in which they opened, so those that have ended stand at the head
 * and are dropped a few at a time, without a sweep or a timer. (Not by the order of the Map: finding its first entry
 * walks over every hole that deletions left.)
 */
export class WindowLane {
  readonly #byKey = new Map<string, RunningWindow>();
  #oldest: RunningWindow | undefined;
  #newest: RunningWindow | undefined;

  find(key: string, nowMs: number): RunningWindow | undefined {
    const window = this.#byKey.get(key);
    return window !== undefined && window.endMs > nowMs ? window : undefined;
  }

  /** `key` has no running window. */
  open(key: string, used: number, endMs: number, resetAtMs: number): void {
    const window: RunningWindow = { key, used, endMs, resetAtMs, next: undefined };
    this.#byKey.set(key, window);
    if (this.#newest === undefined) this.#oldest = window;
    else this.#newest.next = window;
    this.#newest = window;
  }

  /** Drops at most `max` windows that have ended and returns how many. */
  dropEnded(nowMs: number, max: number): number {
    let dropped = 0;
    while (dropped < max && this.#oldest !== undefined && this.#oldest.endMs <= nowMs) {
      const ended = this.#oldest;
      this.#oldest = ended.next;
      // The key may have opened another since.
      if (this.#byKey.get(ended.key) === ended) this.#byKey.delete(ended.key);
      dropped++;
    }
    if (this.#oldest === undefined) this.#newest = undefined;
    return dropped;
  }
}
