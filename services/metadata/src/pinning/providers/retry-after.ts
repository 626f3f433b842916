/** Longer ones are asked again sooner: a provider that says "next year" by mistake is not lost for a year. */
export const retryAfterMsMax = 24 * 3600 * 1000;

/**
 * Milliseconds from a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date. Undefined when it is neither; a
 * moment that has passed is 0. `nowMs`: Unix milliseconds.
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1000, retryAfterMsMax);
  if (!/^[A-Z][a-z]{2,8},? .{10,40}$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(0, atMs - nowMs), retryAfterMsMax);
}
