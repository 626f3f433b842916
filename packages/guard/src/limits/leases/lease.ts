import type { Counter } from '../counters.ts';
import type { LeasedWindow, Owed } from './lease-bank.ts';

/** A key in steady use makes a trip as seldom as this; what a node holds is bounded by the share below as well. */
const heldForMs = 5_000;
/** A node that dies takes at most this share of a window with it (L3). */
const heldShareMax = 0.01;
const leasedLimitMin = 1_000;
const leasedWindowMinMs = 60_000;
const nothingOwed: Owed = { permits: 0, leftMs: 0 };

/** What a node holds and knows of one window. Times are monotonic milliseconds but for those that say otherwise. */
export class Lease {
  readonly counter: Counter;
  /** Permits debited at the bank and not spent yet. */
  unspent = 0;
  /** Trips to the bank that are under way. */
  underWay = 0;
  /** Permits that are set aside for calls under way or on their way back to the bank: they may be had again. */
  away = 0;
  /** Of these, trips that may bring permits to hold. */
  asking = 0;
  /** No longer leases ahead in this window: a call was refused or another node recalled it. */
  isStrict = false;
  /** Nobody can get another permit before the window ends. */
  isExhausted = false;
  /** Whether a recall went unanswered in this window. */
  wasRecalledInVain = false;
  /** Calls that this node has let in in this window, by the bank or without it. */
  spent = 0;
  /** Of these, calls that the bank's present epoch has not debited (L5), and how many of them it has heard of. */
  owed = 0;
  #told = 0;
  /** The node opened the window, or the bank has forgotten it: its end at the bank is not known. */
  isOwn = false;
  remaining = 0;
  /** By the bank's clock; 0 while the bank knows no window. */
  endsAtMs = 0;
  /** Unix milliseconds, for callers. */
  resetAtMs = 0;
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
    this.spent += 1;
    this.#servedSinceTrip += 1;
  }

  /** What the bank must hear of before it decides (L5). */
  debt(nowMs: number): Owed {
    if (this.owed === this.#told || !this.isRunning(nowMs)) return nothingOwed;
    return { permits: this.owed, leftMs: Math.ceil(this.endsNotBeforeMs - nowMs) };
  }

  /** Permits that the node may still spend without the bank when its share is `cap`. */
  leftAlone(limit: number, cap: number, nowMs: number): number {
    if (!this.isRunning(nowMs)) return cap;
    const known = this.remaining + limit - this.counter.window.limit;
    const left = Math.min(cap - this.spent, this.unspent + known);
    return this.unspent > 0 ? Math.max(this.unspent, left) : left;
  }

  /** Spends permits without the bank: first those that were leased. Opens a window when none runs. */
  spendAlone(permits: number, nowMs: number, unixNowMs: number): void {
    if (!this.isRunning(nowMs)) {
      const { windowMs } = this.counter.window;
      this.beginOwn(nowMs + windowMs, unixNowMs + windowMs);
    }
    const leased = Math.min(this.unspent, permits);
    this.unspent -= leased;
    this.spent += permits;
    this.owed += permits - leased;
    this.remaining -= permits - leased;
  }

  /** A window that the bank does not know, `spent` permits of it spent. */
  beginOwn(endsMs: number, resetAtMs: number, spent = 0): void {
    this.#forget(0);
    this.isOwn = true;
    this.endsNotBeforeMs = endsMs;
    this.endsNotAfterMs = endsMs;
    this.resetAtMs = resetAtMs;
    this.spent = spent;
    this.owed = spent;
    this.remaining = this.counter.window.limit - spent;
  }

  /** The bank has lost all that it knew: all that was spent is owed, and what was not is nobody's. */
  beginAgain(nowMs: number): void {
    if (this.isRunning(nowMs)) this.beginOwn(this.endsNotBeforeMs, this.resetAtMs, this.spent);
    else this.#forget(0);
  }

  /** The window as it is under another limit; what was leased under the old one has been given back. */
  copyFrom(known: Lease): void {
    this.isStrict = true;
    this.isOwn = known.isOwn;
    this.spent = known.spent;
    this.owed = known.owed;
    this.#told = known.#told;
    this.remaining = known.remaining + this.counter.window.limit - known.counter.window.limit;
    this.endsAtMs = known.endsAtMs;
    this.resetAtMs = known.resetAtMs;
    this.endsNotBeforeMs = known.endsNotBeforeMs;
    this.endsNotAfterMs = known.endsNotAfterMs;
  }

  #forget(endsAtMs: number): void {
    this.endsAtMs = endsAtMs;
    this.unspent = 0;
    this.spent = 0;
    this.owed = 0;
    this.#told = 0;
    this.isOwn = false;
    this.isStrict = false;
    this.isExhausted = false;
    this.wasRecalledInVain = false;
  }

  /** Sets aside up to `calls` permits for calls that are about to ask the bank for the rest. */
  reserve(calls: number, nowMs: number): number {
    const permits = this.isRunning(nowMs) ? Math.min(this.unspent, calls) : 0;
    this.unspent -= permits;
    return permits;
  }

  /** How many permits to ask for ahead: about what the next seconds need. */
  wanted(calls: number, nowMs: number): number {
    const { limit, windowMs } = this.counter.window;
    if (this.isStrict || limit < leasedLimitMin || windowMs < leasedWindowMinMs) return 0;
    const sinceMs = Math.max(nowMs - this.#tripAtMs, 1);
    const needed = Math.floor(((this.#servedSinceTrip + calls) * heldForMs) / sinceMs);
    return Math.max(0, Math.min(needed, Math.floor(limit * heldShareMax)) - this.unspent);
  }

  /**
   * Takes over what the bank said. The bank read its clock, in whole milliseconds, between the two moments of ours, so its
   * window ends no sooner after the first than it says less one, and no later after the second. `told`: what the node had
   * told it that it owed.
   */
  renew(window: LeasedWindow, bankNowMs: number, sentAtMs: number, receivedAtMs: number, told: number): void {
    const isRunning = this.isRunning(receivedAtMs);
    // The node opened a window on its way: the bank will hear of it.
    if (this.isOwn && isRunning && window.endsAtMs === 0) return;
    // An answer that was overtaken by one of a later window: what it grants has ended.
    if (window.endsAtMs < this.endsAtMs && isRunning) return;
    if (this.isOwn && isRunning) this.endsAtMs = window.endsAtMs;
    else if (window.endsAtMs !== this.endsAtMs) this.#forget(window.endsAtMs);
    else this.#told = Math.max(this.#told, told);
    if (this.isOwn) this.#told = told;
    this.isOwn = false;
    this.resetAtMs = window.endsAtMs;
    const leftMs = window.endsAtMs === 0 ? 0 : window.endsAtMs - bankNowMs;
    this.endsNotBeforeMs = sentAtMs + leftMs - 1;
    this.endsNotAfterMs = receivedAtMs + leftMs;
    this.remaining = window.remaining - (this.owed - this.#told);
    this.unspent += window.extra;
    this.#servedSinceTrip = 0;
    this.#tripAtMs = sentAtMs;
  }
}
