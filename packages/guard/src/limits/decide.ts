import type { LimitDecision, LimitWindow } from './limit-store.ts';

/** A window as a decision finds it. */
export interface WindowState {
  readonly window: LimitWindow;
  readonly used: number;
  /** Until it ends; its whole length while it is not open. */
  readonly leftMs: number;
  /** Unix milliseconds. */
  readonly resetAtMs: number;
}

/** All or nothing (L1), and which window the caller hears of (L2). */
export function decide(states: readonly WindowState[], permits: number): LimitDecision {
  let tightest: WindowState | undefined;
  let longest: WindowState | undefined;
  for (const state of states) {
    const refuses = state.used + permits > state.window.limit;
    if (refuses && (longest === undefined || state.leftMs > longest.leftMs)) longest = state;
    if (tightest === undefined || isTighter(state, tightest)) tightest = state;
  }
  if (longest !== undefined) return decision(longest, 0, false);
  return decision(tightest as WindowState, permits, true);
}

/** A refusal by one of these windows: of those without so many permits, the one that makes the caller wait longest. */
export function refusalBy(states: readonly WindowState[], permits = 1): LimitDecision {
  const empty = states.filter(({ used, window }) => used + permits > window.limit);
  const refusing = empty.length > 0 ? empty : states;
  return decision(
    refusing.reduce((longest, state) => (state.leftMs > longest.leftMs ? state : longest)),
    0,
    false,
  );
}

/** Fewest permits left; of equals the one that lasts longer. A quiet one is behind all others. */
function isTighter(a: WindowState, b: WindowState): boolean {
  if (a.window.isQuiet !== b.window.isQuiet) return b.window.isQuiet === true;
  const difference = a.window.limit - a.used - (b.window.limit - b.used);
  return difference < 0 || (difference === 0 && a.leftMs > b.leftMs);
}

function decision(state: WindowState, taken: number, admitted: boolean): LimitDecision {
  return {
    admitted,
    limit: state.window.limit,
    // A limit that was lowered while its window runs may already be overdrawn.
    remaining: Math.max(0, state.window.limit - state.used - taken),
    resetAtMs: state.resetAtMs,
    retryAfterMs: admitted ? 0 : state.leftMs,
    window: state.window,
  };
}
