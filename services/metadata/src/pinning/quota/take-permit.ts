import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@keyward/guard/database';
import { PinningError } from '../providers/pinning-error.ts';

/** Resolves when one more request may be made. Throws `PinningError` while the provider asks to be left alone. */
export type TakePermit = (signal: AbortSignal) => Promise<void>;

export interface Quota {
  readonly provider: string;
  /** What the plan allows. */
  readonly requestsPerMinute: number;
}

/** Part of the allowance that is used: a request may arrive later than its permit was taken. */
const used = 0.9;

/**
 * Permits of a bucket that all nodes share, by the clock of the database. What it holds and what it gains in a minute
 * are together at most the plan's limit, so that no minute, wherever it begins, has more requests than that.
 */
export function permitsOf(database: Database, { provider, requestsPerMinute }: Quota): TakePermit {
  const perMinute = Math.max(1, Math.floor(requestsPerMinute * used));
  const burst = Math.max(1, Math.floor(perMinute / 5));
  const perSecond = Math.max(perMinute - burst, 0.5) / 60;
  return async (signal) => {
    for (;;) {
      signal.throwIfAborted();
      const taken = await database.pool.query(takeOne, [provider, burst, perSecond]);
      if (taken.rowCount === 1) return;
      const { rows } = await database.pool.query<Missing>(whatIsMissing, [provider]);
      const [{ blocked_ms: blockedMs, permits, refused } = nothing] = rows;
      if (blockedMs !== null)
        throw refused
          ? new PinningError('credentials_refused', 'The provider refused the credentials.', blockedMs)
          : new PinningError('rate_limited', 'The provider asked to be left alone.', blockedMs);
      const waitMs = (1000 * Math.max(0, 1 - permits)) / perSecond;
      await delay(Math.min(Math.max(50, waitMs), waitMsMax), undefined, { signal });
    }
  };
}

const waitMsMax = 5_000;

interface Missing {
  readonly permits: number;
  readonly blocked_ms: number | null;
  readonly refused: boolean;
}
const nothing: Missing = { permits: 0, blocked_ms: null, refused: false };

/** One statement, so that no two nodes take the same permit: the row is locked while it is judged. */
const refilled =
  'least($2::float8, quota.permits + $3::float8 * greatest(0, extract(epoch FROM clock_timestamp() - quota.refilled_at)))';
const takeOne = `
  INSERT INTO pin_quotas AS quota (provider, permits, refilled_at) VALUES ($1, $2::float8 - 1, clock_timestamp())
  ON CONFLICT (provider) DO UPDATE SET permits = ${refilled} - 1, refilled_at = clock_timestamp()
  WHERE ${refilled} >= 1 AND coalesce(quota.blocked_until <= clock_timestamp(), true)
  RETURNING 1`;
const whatIsMissing = `
  SELECT permits, coalesce(blocked_reason = 'credentials_refused', false) AS refused, CASE WHEN blocked_until > clock_timestamp()
    THEN extract(epoch FROM blocked_until - clock_timestamp())::float8 * 1000 END AS blocked_ms
  FROM pin_quotas WHERE provider = $1`;
