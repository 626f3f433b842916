/** Longer than this nobody waits: the answer is given to the caller instead. */
const delayMsMax = 120_000;

/**
 * Milliseconds to wait before the next attempt: max(2^attempt s, Retry-After), with jitter upward only, since an earlier
 * attempt would be refused again. `attempt` counts from 0. Undefined: too long to wait.
 * Retry-After is seconds or an HTTP date (RFC 9110, 10.2.3).
 */
export function retryDelayMs(
  attempt: number,
  retryAfter: string | null,
  nowMs: number,
  random: () => number = Math.random,
): number | undefined {
  const waitMs = Math.max(2 ** attempt * 1000, retryAfterMs(retryAfter, nowMs));
  return waitMs > delayMsMax ? undefined : waitMs * (1 + random() * 0.25);
}

function retryAfterMs(retryAfter: string | null, nowMs: number): number {
  if (retryAfter === null) return 0;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}
