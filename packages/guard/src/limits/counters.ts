import { boundedKey } from './bounded-key.ts';
import type { LimitRequest, LimitWindow } from './limit-store.ts';

/** One count of a decision, known by its key and the length of its window. */
export interface Counter {
  readonly key: string;
  readonly window: LimitWindow;
}

/** The distinct counts that a decision debits. Throws `RangeError` when there is none or `permits` is not whole. */
export function countersOf(requests: readonly LimitRequest[], permits: number): Counter[] {
  if (!Number.isSafeInteger(permits) || permits < 0) {
    throw new RangeError(`permits must be a whole number, got ${permits}`);
  }
  const counters: Counter[] = [];
  for (const request of requests) {
    const key = boundedKey(request.key);
    for (const window of request.windows) addCounter(counters, key, window);
  }
  if (counters.length === 0) throw new RangeError('a limit decision needs at least one window');
  return counters;
}

/** Two windows of one length on one key count the same calls: debiting both would charge a call twice. */
function addCounter(counters: Counter[], key: string, window: LimitWindow): void {
  for (let i = 0; i < counters.length; i++) {
    const known = counters[i] as Counter;
    if (known.window.windowMs !== window.windowMs || known.key !== key) continue;
    if (window.limit < known.window.limit) counters[i] = { key, window };
    return;
  }
  counters.push({ key, window });
}
