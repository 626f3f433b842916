import type { Counter } from '../counters.ts';
import { LimitStoreUnavailableError } from '../limit-store.ts';

/** What a node asks for: one permit of every counter for each of `calls`, and some more of each to spend by itself. */
export interface LeaseRequest {
  readonly counters: readonly Counter[];
  readonly calls: number;
  /** All calls or none. */
  readonly isWhole: boolean;
  /**
   * Permits that the node holds already and has set aside for these calls, for each counter. They count only while the
   * window that they came from runs.
   */
  readonly reserved: readonly Reserved[];
  /** How many more it would like to hold, for each counter. */
  readonly extra: readonly number[];
  /** What the bank must count first, for each counter (default: nothing). */
  readonly owed?: readonly Owed[];
  /** Where the node believes the bank to be; in another epoch it does nothing (default '': wherever it is). */
  readonly epoch?: string;
}

/**
 * All that a node has let in without the bank in a window that still runs. Counted once, however often it is said; it
 * opens the window when none runs.
 */
export interface Owed {
  readonly permits: number;
  /** Milliseconds until the window ends, as far as the node knows. */
  readonly leftMs: number;
}

export interface Reserved {
  readonly permits: number;
  readonly endsAtMs: number;
}

export interface LeasedWindow {
  /** Permits that nobody has taken. */
  readonly remaining: number;
  /** Its end by the bank's clock, Unix milliseconds; 0 while it is not open. */
  readonly endsAtMs: number;
  /** Of `extra`, what was granted. */
  readonly extra: number;
  /** Whether another node may hold permits of it that it has not spent. */
  readonly isHeldElsewhere: boolean;
}

export interface LeaseReply {
  /** The bank's clock, Unix milliseconds. */
  readonly nowMs: number;
  /** How many of the calls have their permits. */
  readonly admitted: number;
  readonly windows: readonly LeasedWindow[];
  /** The bank has lost what it knew since `epoch`; nothing was done. */
  readonly isOtherEpoch?: boolean;
}

/** A sign of life, and what the bank says to it. */
export interface Beat {
  /** Changes when the bank has lost what it knew. */
  readonly epoch: string;
  /** Nodes that were seen within the last minute, this one included. */
  readonly nodes: number;
  /** Time that is left for nodes to report what they spent in the epoch before, milliseconds. */
  readonly settlingMs: number;
}

/** Permits that go back to the window they came from. */
export interface GivenBack {
  readonly counter: Counter;
  readonly permits: number;
  readonly endsAtMs: number;
}

/** Where the nodes' permits come from: one for all nodes, each operation atomic (L3). */
export interface LeaseBank {
  /** Debits first; what it answers is the node's to spend. Rejects with `LimitStoreUnavailableError`. */
  lease(request: LeaseRequest): Promise<LeaseReply>;
  /** Also says that the node holds no more of these windows. Permits of windows that have ended are forgotten. */
  giveBack(permits: readonly GivenBack[], epoch?: string): Promise<void>;
  /** Asks the other nodes to give back what they hold of these counters. */
  recall(counters: readonly Counter[]): void;
  /** Called with the names (`nameOf`) that another node recalls; with none when another epoch has begun. */
  onRecall(listener: (names: readonly string[]) => void): void;
  /** Says that the node lives. `epoch` is the last one that it knows, '' for none. */
  beat(epoch: string): Promise<Beat>;
  /** The node lives no longer. */
  leave(): Promise<void>;
}

/** The bank cannot work with one of these counters, and is well otherwise. */
export class BrokenCounterError extends LimitStoreUnavailableError {}

/** A name of a counter; the length is digits and a colon, the key is all that follows, so no two share one. */
export function nameOf(counter: Counter): string {
  const known = names.get(counter);
  if (known !== undefined) return known;
  const name = `${counter.window.windowMs}:${counter.key}`;
  names.set(counter, name);
  return name;
}

const names = new WeakMap<Counter, string>();
