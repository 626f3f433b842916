import type { Window } from '../route.ts';

/** The windows of one subject, such as `key:<id>` or `route:<id>:<key>`; `key` may be any string. Never changed once made. */
export interface LimitRequest {
  readonly key: string;
  readonly windows: readonly LimitWindow[];
}

export interface LimitWindow extends Window {
  /**
   * The count of an address, which is not the caller's alone: told of only when it refuses, or when no other window is
   * decided with it, and kept apart, so that strangers take no room from keys.
   */
  readonly isQuiet?: true;
}

/**
 * What a caller is told (L2): of the window with the fewest permits left or, when refused,
 * of the one that makes the caller wait longest.
 */
export interface LimitDecision {
  readonly admitted: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Unix milliseconds; by Redis' clock where Redis decided. */
  readonly resetAtMs: number;
  /** 0 when admitted; otherwise after so long the same call passes, and not before. */
  readonly retryAfterMs: number;
  readonly window: LimitWindow;
}

/** Counts permits in fixed windows (L1), exactly (L3). A driver passes `limitStoreConformance`. */
export interface LimitStore {
  /**
   * Takes `permits` (default 1) from every window of every request, or from none of them.
   * A window opens with its first admitted call; a refused call changes nothing.
   * Windows of the same key and length are one count, under the smaller limit.
   * `permits` 0 only looks; more than a window's limit is always refused.
   * Answers at once or by a promise. Throws or rejects with `LimitStoreUnavailableError` when nobody can tell,
   * with `RangeError` for an empty list or permits that are no whole number.
   */
  take(requests: readonly LimitRequest[], permits?: number): LimitDecision | Promise<LimitDecision>;
  close(): Promise<void>;
}

/** The shared count could not be reached in time (L5). `cause` is for the log, never for the caller. */
export class LimitStoreUnavailableError extends Error {
  override readonly name = 'LimitStoreUnavailableError';
}
