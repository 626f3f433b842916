import type { Counter } from '../counters.ts';
import type { LeasedWindow } from './lease-bank.ts';

const secondMs = 1_000;
/** A node that dies takes at most this share of a window with it (L3). */
const heldShareMax = 0.01;
const leasedLimitMin = 1_000;
const leasedWindowMinMs = 60_000;

/** What a node holds and knows of one window. Times are monotonic milliseconds but for those that say otherwise. */
export class Lease {
  readonly counter: Counter;
  /** Permits debited at the bank and not spent yet. */
  unspent = 0;
  /** Trips to the bank that are under way. */
  underWay = 0;
  /** Permits that are set aside for calls under way or on their way back to the bank: they may be had again. */
  away = 0;
  /** No longer leases ahead in this window: a call was refused or another node recalled it. */
  isStrict = false;
  /** Nobody can get another permit before the window ends. */
  isExhausted = false;
  /** Whether a recall went unanswered in this window. */
  wasRecalledInVain = false;
  remaining = 0;
  endsAtMs = 0;
  /** Before it the window has not ended; permits are spent up to here. */
  endsNotBeforeMs = Number.NEGATIVE_INFINITY;
  /** After it the window has ended; waits are told up to here. */
  endsNotAfterMs = Number.NEGATIVE_INFINITY;
  #servedSinceTrip = 0;
  #tripAtMs = Number.NEGATIVE_INFINITY;

  constructor(counter: Counter) {
    this.counter = counter;
  }

  isRunning(nowMs: number): boolean {
    return nowMs < this.endsNotBeforeMs;
  }

  /** Permits left in the window as far as this node knows. */
  get left(): number {
    return this.remaining + this.unspent;
  }

  spend(): void {
    this.unspent -= 1;
    this.#servedSinceTrip += 1;
  }

  /** Sets aside up to `calls` permits for calls that are about to ask the bank for the rest. */
  reserve(calls: number, nowMs: number): number {
    const permits = this.isRunning(nowMs) ? Math.min(this.unspent, calls) : 0;
    this.unspent -= permits;
    return permits;
  }

  /** How many permits to ask for ahead: about what the next second needs. */
  wanted(calls: number, nowMs: number): number {
    const { limit, windowMs } = this.counter.window;
    if (this.isStrict || limit < leasedLimitMin || windowMs < leasedWindowMinMs) return 0;
    const sinceMs = Math.max(nowMs - this.#tripAtMs, 1);
    const nextSecond = Math.floor(((this.#servedSinceTrip + calls) * secondMs) / sinceMs);
    return Math.max(0, Math.min(nextSecond, Math.floor(limit * heldShareMax)) - this.unspent);
  }

  /**
   * Takes over what the bank said. The bank read its clock between the two moments of ours, so its window ends no sooner
   * after the first than it says, and no later after the second.
   */
  renew(window: LeasedWindow, bankNowMs: number, sentAtMs: number, receivedAtMs: number): void {
    // An answer that was overtaken by one of a later window: what it grants has ended.
    if (window.endsAtMs < this.endsAtMs && this.isRunning(receivedAtMs)) return;
    if (window.endsAtMs !== this.endsAtMs) {
      this.endsAtMs = window.endsAtMs;
      this.unspent = 0;
      this.isStrict = false;
      this.isExhausted = false;
      this.wasRecalledInVain = false;
    }
    const leftMs = window.endsAtMs === 0 ? 0 : window.endsAtMs - bankNowMs;
    this.endsNotBeforeMs = sentAtMs + leftMs;
    this.endsNotAfterMs = receivedAtMs + leftMs;
    this.remaining = window.remaining;
    this.unspent += window.extra;
    this.#servedSinceTrip = 0;
    this.#tripAtMs = sentAtMs;
  }
}
