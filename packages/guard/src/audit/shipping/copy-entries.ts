import { finished } from 'node:stream/promises';
import type { ClientBase, QueryResult } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { entryColumns } from '../journal/encode-entry.ts';
import { addToCount, type KeyCounts } from './count-by-key.ts';

const columns = entryColumns.join(', ');

/**
 * Sends lines of encoded entries to `audit_logs`, as COPY data (V3). All or none; throws what PostgreSQL says.
 * `meanwhile` is called once they are on their way: PostgreSQL takes far longer for them than we.
 */
export async function copyEntries(
  client: ClientBase,
  lines: Buffer,
  meanwhile: () => void = () => {},
): Promise<void> {
  await copyInto(client, 'audit_logs', lines, meanwhile);
}

/** The same, stepping over entries that are there already; the others are added to `counts`. Within a transaction. */
export async function copyMissingEntries(
  client: ClientBase,
  lines: Buffer,
  counts: KeyCounts,
): Promise<void> {
  await client.query('DROP TABLE IF EXISTS pg_temp.keyward_shipped_again');
  await client.query('CREATE TEMP TABLE keyward_shipped_again (LIKE audit_logs) ON COMMIT DROP');
  await copyInto(client, 'keyward_shipped_again', lines);
  const { rows }: QueryResult<{ api_key: string; requests: string; errors: string }> = await client.query(
    `WITH inserted AS (
       INSERT INTO audit_logs (${columns}) SELECT ${columns} FROM keyward_shipped_again ON CONFLICT DO NOTHING
       RETURNING api_key, method, status)
     SELECT api_key, count(*) AS requests, count(*) FILTER (WHERE status >= 400) AS errors
     FROM inserted WHERE api_key IS NOT NULL AND method <> '-' GROUP BY api_key`,
  );
  for (const row of rows) addToCount(counts, row.api_key, Number(row.requests), Number(row.errors));
}

async function copyInto(
  client: ClientBase,
  table: 'audit_logs' | 'keyward_shipped_again',
  lines: Buffer,
  meanwhile?: () => void,
) {
  const stream = client.query(copyFrom(`COPY ${table} (${columns}) FROM STDIN`));
  stream.write(lines, meanwhile);
  stream.end();
  await finished(stream);
}
