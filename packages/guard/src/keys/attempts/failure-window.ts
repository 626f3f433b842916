import type { Clock } from '../../clock.ts';

/** Counts failures by group in a sliding window. */
export interface FailureWindow {
  /** Milliseconds until `more` further failures fit into the window; 0: they fit now. */
  waitMs(group: string, more: number): number;
  add(group: string, count: number): void;
  readonly groups: number;
}

export interface FailureWindowOptions {
  readonly clock: Clock;
  readonly failuresMax: number;
  readonly windowMs: number;
  /** Groups remembered at most, the longest without a failure forgotten first. Default 10,000. */
  readonly groupsMax?: number;
}

export function failureWindow(options: FailureWindowOptions): FailureWindow {
  const { clock, failuresMax, windowMs, groupsMax = 10_000 } = options;
  const timesByGroup = new Map<string, number[]>();

  const recent = (group: string, nowMs: number): number[] =>
    (timesByGroup.get(group) ?? []).filter((time) => nowMs - time < windowMs);

  return {
    waitMs(group, more) {
      const nowMs = clock.monotonic();
      const times = recent(group, nowMs);
      const excess = times.length + more - failuresMax;
      if (excess <= 0) return 0;
      return (times[excess - 1] ?? nowMs) + windowMs - nowMs;
    },
    add(group, count) {
      const nowMs = clock.monotonic();
      const times = [...recent(group, nowMs), ...Array.from({ length: count }, () => nowMs)];
      timesByGroup.delete(group);
      timesByGroup.set(group, times.slice(-failuresMax));
      if (timesByGroup.size > groupsMax) forgetOldest(timesByGroup, Math.ceil(groupsMax / 10));
    },
    get groups() {
      return timesByGroup.size;
    },
  };
}

/** Many at a time: to find the oldest, a Map steps over everything deleted before it. */
function forgetOldest(map: Map<string, unknown>, count: number): void {
  let left = count;
  for (const key of map.keys()) {
    if (left === 0) return;
    map.delete(key);
    left -= 1;
  }
}
