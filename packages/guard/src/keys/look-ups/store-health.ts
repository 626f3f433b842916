import type { Clock } from '../../clock.ts';

/** How the key store answers, as look-ups see it. */
export interface StoreHealth {
  answered(): void;
  failed(): void;
  /** Whether it failed since it last answered. */
  readonly isAway: boolean;
  /** Whether it answered within so many milliseconds: then it is busy, not away. */
  answeredWithin(ms: number): boolean;
  /** While it is away: whether it is time to ask it again; true for one caller at a time, until it has been answered. */
  mayProbe(): boolean;
}

/** Milliseconds after a failure within which nobody asks again who can do without. */
const pauseMs = 1_000;

/** `onBack`: hears when it answers after a failure. */
export function createStoreHealth(clock: Clock, onBack: () => void): StoreHealth {
  let answeredAtMs = Number.NEGATIVE_INFINITY;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let isAway = false;
  let isProbing = false;
  return {
    answered() {
      answeredAtMs = clock.monotonic();
      isProbing = false;
      if (!isAway) return;
      isAway = false;
      onBack();
    },
    failed() {
      failedAtMs = clock.monotonic();
      isAway = true;
      isProbing = false;
    },
    get isAway() {
      return isAway;
    },
    answeredWithin: (ms) => clock.monotonic() - answeredAtMs <= ms,
    mayProbe() {
      if (isProbing || clock.monotonic() - failedAtMs < pauseMs) return false;
      isProbing = true;
      return true;
    },
  };
}
