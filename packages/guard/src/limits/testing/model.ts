import fc from 'fast-check';
import type { Window } from '../../route.ts';
import type { LimitDecision, LimitRequest } from '../limit-store.ts';

/** SPEC L1 and L2 read aloud, for tests: every admitted permit is kept, nothing is counted ahead. */
export function modelLimits() {
  const openedAtMs = new Map<string, number>();
  const admitted = new Map<string, number>();

  function look(key: string, window: Window, nowMs: number) {
    const name = JSON.stringify([key, window.windowMs]);
    const openedAt = openedAtMs.get(name);
    const isOpen = openedAt !== undefined && nowMs < openedAt + window.windowMs;
    const endMs = (isOpen ? openedAt : nowMs) + window.windowMs;
    return { name, window, isOpen, used: isOpen ? (admitted.get(name) ?? 0) : 0, endMs };
  }

  function take(requests: readonly LimitRequest[], permits: number, nowMs: number): LimitDecision {
    const all = requests.flatMap(({ key, windows }) => windows.map((window) => look(key, window, nowMs)));
    const counts = all
      .filter((one) =>
        all.every((other) => other.name !== one.name || other.window.limit >= one.window.limit),
      )
      .filter((one, at, kept) => kept.findIndex((other) => other.name === one.name) === at);
    const refusing = counts.filter(({ used, window }) => used + permits > window.limit);
    const isAdmitted = refusing.length === 0;
    if (isAdmitted && permits > 0) {
      for (const { name, isOpen, used } of counts) {
        if (!isOpen) openedAtMs.set(name, nowMs);
        admitted.set(name, used + permits);
      }
    }
    const taken = isAdmitted ? permits : 0;
    const left = ({ window, used }: (typeof counts)[number]) => Math.max(0, window.limit - used - taken);
    const told = isAdmitted
      ? counts.toSorted((a, b) => left(a) - left(b) || b.endMs - a.endMs)[0]
      : refusing.toSorted((a, b) => b.endMs - a.endMs)[0];
    if (told === undefined) throw new Error('the model was asked about no window');
    return {
      admitted: isAdmitted,
      limit: told.window.limit,
      remaining: left(told),
      resetAtMs: told.endMs,
      retryAfterMs: isAdmitted ? 0 : told.endMs - nowMs,
      window: told.window,
    };
  }

  return { take };
}

const windows = fc.record({
  limit: fc.integer({ min: 1, max: 8 }),
  windowMs: fc.constantFrom(20_000, 60_000, 3_600_000),
});

/** Few keys and lengths, so that windows meet. */
export const requestLists: fc.Arbitrary<LimitRequest[]> = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'a:b'),
    windows: fc.array(windows, { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 2 },
);
