const longestMs = 24 * 3_600_000;

/**
 * How long a `Retry-After` asks to wait (RFC 9110: seconds, or a date), milliseconds, at most a day; undefined for none and
 * for what is neither.
 */
export function retryAfterMs(value: string | null | undefined, nowMs: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  const text = value.trim();
  const waitMs = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(longestMs, Math.max(0, waitMs)) : undefined;
}
