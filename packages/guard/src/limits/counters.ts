import { boundedKey } from './bounded-key.ts';
import type { LimitRequest, LimitWindow } from './limit-store.ts';

/** One count of a decision, known by its key and the length of its window. */
export interface Counter {
  readonly key: string;
  readonly window: LimitWindow;
}

/** The distinct counts that a decision debits. Throws `RangeError` when there is none or `permits` is not whole. */
export function countersOf(requests: readonly LimitRequest[], permits: number): readonly Counter[] {
  if (!Number.isSafeInteger(permits) || permits < 0) {
    throw new RangeError(`permits must be a whole number, got ${permits}`);
  }
  const [only] = requests;
  const counters =
    only !== undefined && requests.length === 1 ? countersOfOne(only) : merged(requests.map(countersOfOne));
  if (counters.length === 0) throw new RangeError('a limit decision needs at least one window');
  return counters;
}

// A key's windows are one object for as long as the key is remembered: what they come to is worked out once.
const knownCounters = new WeakMap<LimitRequest, readonly Counter[]>();

function countersOfOne(request: LimitRequest): readonly Counter[] {
  const [only] = request.windows;
  // What goes by address is made anew for each request: to remember it costs ten times what it comes to (P9).
  if (only?.isQuiet === true && request.windows.length === 1)
    return [{ key: boundedKey(request.key), window: only }];
  const known = knownCounters.get(request);
  if (known !== undefined) return known;
  const key = boundedKey(request.key);
  const counters: Counter[] = [];
  for (const window of request.windows) addCounter(counters, { key, window });
  knownCounters.set(request, counters);
  return counters;
}

function merged(lists: readonly (readonly Counter[])[]): Counter[] {
  const counters: Counter[] = [];
  for (const list of lists) for (const counter of list) addCounter(counters, counter);
  return counters;
}

/** Two windows of one length on one key count the same calls: debiting both would charge a call twice. */
function addCounter(counters: Counter[], added: Counter): void {
  for (let i = 0; i < counters.length; i++) {
    const known = counters[i] as Counter;
    if (known.window.windowMs !== added.window.windowMs || known.key !== added.key) continue;
    if (added.window.limit < known.window.limit) counters[i] = added;
    return;
  }
  counters.push(added);
}
