import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { entryColumns } from '../journal/encode-entry.ts';

const columns = entryColumns.join(', ');

/** Sends lines of encoded entries to `audit_logs`, as COPY data (V3). All or none; throws what PostgreSQL says. */
export async function copyEntries(client: ClientBase, lines: Buffer): Promise<void> {
  await copyInto(client, 'audit_logs', lines);
}

/** The same, stepping over entries whose id and moment are there already. Within a transaction. */
export async function copyMissingEntries(client: ClientBase, lines: Buffer): Promise<void> {
  await client.query('DROP TABLE IF EXISTS pg_temp.keyward_shipped_again');
  await client.query('CREATE TEMP TABLE keyward_shipped_again (LIKE audit_logs) ON COMMIT DROP');
  await copyInto(client, 'keyward_shipped_again', lines);
  await client.query(
    `INSERT INTO audit_logs (${columns}) SELECT ${columns} FROM keyward_shipped_again ON CONFLICT DO NOTHING`,
  );
}

async function copyInto(client: ClientBase, table: 'audit_logs' | 'keyward_shipped_again', lines: Buffer) {
  const stream = client.query(copyFrom(`COPY ${table} (${columns}) FROM STDIN`));
  stream.end(lines);
  await finished(stream);
}
