/** Where the caller stands in the window with the fewest requests left. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly reset: Date;
}

/** The limit that an answer tells of; undefined when it tells of none. */
export function readRateLimit(headers: Headers): RateLimit | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
    headers.get(`x-ratelimit-${name}`),
  );
  if (limit == null || remaining == null || reset == null) return undefined;
  return { limit: Number(limit), remaining: Number(remaining), reset: new Date(Number(reset) * 1000) };
}
