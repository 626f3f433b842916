/** Finds out whether a node hears its own beats. Times are monotonic milliseconds. */
export interface HearingCheck {
  /** Listening began. */
  listening(atMs: number): void;
  /** Listening ended, and everybody knows. */
  lost(): void;
  /** A beat that was begun at `atMs` is committed: it should be heard any moment. */
  sent(atMs: number): void;
  heard(atMs: number): void;
  /** Milliseconds for which beats have not been heard that should have been; 0 while all is well. */
  deafMs(nowMs: number): number;
  /** Whether a beat has been heard since listening last began. */
  readonly isHearing: boolean;
  /** Whether one has ever been. */
  readonly hasHeard: boolean;
}

export function createHearingCheck(): HearingCheck {
  let listeningSinceMs = Number.POSITIVE_INFINITY;
  let heardMs = Number.NEGATIVE_INFINITY;
  let unheardSinceMs: number | undefined;
  return {
    listening(atMs) {
      listeningSinceMs = atMs;
      unheardSinceMs = undefined;
    },
    lost() {
      listeningSinceMs = Number.POSITIVE_INFINITY;
      unheardSinceMs = undefined;
    },
    sent(atMs) {
      // It may be heard before its commit is answered.
      if (atMs >= listeningSinceMs && atMs > heardMs) unheardSinceMs ??= atMs;
    },
    heard(atMs) {
      heardMs = Math.max(heardMs, atMs);
      if (unheardSinceMs !== undefined && heardMs >= unheardSinceMs) unheardSinceMs = undefined;
    },
    deafMs: (nowMs) => (unheardSinceMs === undefined ? 0 : nowMs - unheardSinceMs),
    get isHearing() {
      return heardMs >= listeningSinceMs;
    },
    get hasHeard() {
      return heardMs > Number.NEGATIVE_INFINITY;
    },
  };
}
