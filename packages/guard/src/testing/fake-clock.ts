import type { Clock } from '../clock.ts';

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
}

/** `startMs`: Unix milliseconds. */
export function fakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsedMs = 0;
  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    advance: (ms) => {
      elapsedMs += ms;
    },
  };
}
