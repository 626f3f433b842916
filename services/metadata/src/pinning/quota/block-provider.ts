import type { Database } from '@keyward/guard/database';

/** Leaves a provider alone, on all nodes, for so long; a longer rest that was asked for before stays. */
export async function blockProvider(
  database: Database,
  provider: string,
  { ms, reason }: { ms: number; reason: string },
): Promise<void> {
  await database.pool.query(
    `UPDATE pin_quotas SET blocked_until = greatest(blocked_until, clock_timestamp() + $2 * interval '1 millisecond'),
       blocked_reason = $3 WHERE provider = $1`,
    [provider, ms, reason],
  );
}

/** Whether it is left alone at the moment, and whether it refused our credentials when it was asked last. */
export async function restOf(
  database: Database,
  provider: string,
): Promise<{ isBlocked: boolean; refusesCredentials: boolean }> {
  const { rows } = await database.pool.query<{ blocked: boolean; reason: string | null }>(
    `SELECT coalesce(blocked_until > clock_timestamp(), false) AS blocked, blocked_reason AS reason
     FROM pin_quotas WHERE provider = $1`,
    [provider],
  );
  const [row] = rows;
  return { isBlocked: row?.blocked ?? false, refusesCredentials: row?.reason === 'credentials_refused' };
}

/** Ends a rest that was for the sake of our credentials, on all nodes; pins that waited for it are due. */
export async function endRefusal(database: Database, provider: string, now: Date): Promise<void> {
  await database.pool.query(
    `UPDATE pin_quotas SET blocked_until = NULL, blocked_reason = NULL
     WHERE provider = $1 AND blocked_reason = 'credentials_refused'`,
    [provider],
  );
  await database.pool.query(
    `UPDATE pins SET next_try_at = $2 WHERE provider = $1 AND state = 'waiting' AND reason = 'credentials_refused'`,
    [provider, now],
  );
}
