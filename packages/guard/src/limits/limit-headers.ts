import type { LimitDecision } from './limit-store.ts';
import { formatLimit } from './parse-limit.ts';

/**
 * The headers of a limited answer (L2), lower-case: `x-ratelimit-*` (reset in UTC seconds), the fields of
 * draft-ietf-httpapi-ratelimit-headers-10 (`r` permits left, `t` seconds to the reset; `q` permits per `w` seconds)
 * and, on refusal, `retry-after` in seconds. `nowMs` is Unix milliseconds. Seconds are rounded up: never too early.
 */
export function limitHeaders(decision: LimitDecision, nowMs: number): Record<string, string> {
  const { window, limit, remaining, resetAtMs, admitted } = decision;
  const windowSeconds = Math.ceil(window.windowMs / 1000);
  // The reset is by Redis' clock: where ours differs, the remaining time still lies within the window.
  const leftMs = admitted ? Math.min(Math.max(resetAtMs - nowMs, 0), window.windowMs) : decision.retryAfterMs;
  const leftSeconds = Math.ceil(leftMs / 1000);
  const policy = `"${formatLimit(window)}"`;
  const headers: Record<string, string> = {
    'x-ratelimit-limit': `${limit}`,
    'x-ratelimit-remaining': `${remaining}`,
    'x-ratelimit-reset': `${Math.ceil(resetAtMs / 1000)}`,
    ratelimit: `${policy};r=${remaining};t=${leftSeconds}`,
    'ratelimit-policy': `${policy};q=${limit};w=${windowSeconds}`,
  };
  if (!admitted) headers['retry-after'] = `${Math.max(1, leftSeconds)}`;
  return headers;
}
