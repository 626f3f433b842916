import { type ClientBase, DatabaseError } from 'pg';
import type { JournalFinding } from '../journal/journal-finding.ts';
import type { KeyCounts } from './count-by-key.ts';

/**
 * Adds the counts of a batch to `api_key_counts`, in the transaction that ships it. When PostgreSQL refuses, the entries
 * are shipped without: a count is a convenience, the log is the record.
 */
export async function addKeyCounts(client: ClientBase, counts: KeyCounts): Promise<JournalFinding[]> {
  if (counts.size === 0) return [];
  // In one order on every node: two that count the same keys wait for each other, and never in a circle.
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  await client.query('SAVEPOINT counts');
  try {
    await client.query(
      `INSERT INTO api_key_counts AS known (key_id, requests, errors)
       SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
       ON CONFLICT (key_id) DO UPDATE
       SET requests = known.requests + excluded.requests, errors = known.errors + excluded.errors`,
      [
        sorted.map(([id]) => id),
        sorted.map(([, { requests }]) => requests),
        sorted.map(([, { errors }]) => errors),
      ],
    );
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT counts');
    const requests = sorted.reduce((sum, [, count]) => sum + count.requests, 0);
    return [{ kind: 'uncounted', requests, reason: `${error.code}: ${error.message}` }];
  }
}

/** Data (22), integrity (23), a table or right that is not there (42), limits (54), a trigger (P0): the same next time. */
function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^(?:22|23|42|54|P0)/.test(error.code ?? '');
}
