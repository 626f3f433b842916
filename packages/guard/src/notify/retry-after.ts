const longestMs = 24 * 3_600_000;

/**
 * How long a `Retry-After` asks to wait (RFC 9110: seconds, or a date), milliseconds, at most a day; undefined for none and
 * for what is neither.
 */
export function retryAfterMs(value: string | null | undefined, nowMs: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Math.min(longestMs, Number(text) * 1_000);
  // JavaScript takes much for a date: "-1" is one of the year 2001.
  if (!/^[A-Z][a-z]{2,8},? .{10,40}$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.min(longestMs, Math.max(0, atMs - nowMs));
}
