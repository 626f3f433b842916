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

/** Whether it is left alone at the moment. */
export async function isBlocked(database: Database, provider: string): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    'SELECT FROM pin_quotas WHERE provider = $1 AND blocked_until > clock_timestamp()',
    [provider],
  );
  return rowCount === 1;
}
