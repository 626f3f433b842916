import type { Counter } from '../counters.ts';

/** What a node asks for: one permit of every counter for each of `calls`, and some more of each to spend by itself. */
export interface LeaseRequest {
  readonly counters: readonly Counter[];
  readonly calls: number;
  /** All calls or none. */
  readonly isWhole: boolean;
  /** Permits that the node holds already and has set aside for these calls, for each counter. */
  readonly reserved: readonly number[];
  /** How many more it would like to hold, for each counter. */
  readonly extra: readonly number[];
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
  giveBack(permits: readonly GivenBack[]): Promise<void>;
  /** Asks the other nodes to give back what they hold of these counters. */
  recall(counters: readonly Counter[]): void;
  /** Called with the names (`nameOf`) that another node recalls. */
  onRecall(listener: (names: readonly string[]) => void): void;
}

/** A name of a counter; the length is digits and a colon, the key is all that follows, so no two share one. */
export function nameOf({ key, window }: Counter): string {
  return `${window.windowMs}:${key}`;
}
