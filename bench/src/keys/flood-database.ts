import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A connection that is idle says within ten seconds what it did; uses of keys are noted every ten, too. */
const settledMs = 12_000;

/** How often the table of keys was scanned so far, by an index or whole: every look-up of a key is one scan or more. */
export async function countedScans(databaseUrl: string): Promise<number> {
  await delay(settledMs);
  const [row] = await query<{ scans: string }>(
    databaseUrl,
    "SELECT coalesce(idx_scan, 0) + seq_scan AS scans FROM pg_stat_user_tables WHERE relname = 'api_keys'",
  );
  return Number(row?.scans);
}

/** Refusals of orders in the audit log, by error code. */
export async function recordedRefusals(databaseUrl: string): Promise<Record<string, number>> {
  const rows = await query<{ code: string; count: string }>(
    databaseUrl,
    `SELECT error_code AS code, sum(repeats) AS count FROM audit_logs
     WHERE action = 'orders.create' AND error_code IS NOT NULL GROUP BY error_code`,
  );
  return Object.fromEntries(rows.map(({ code, count }) => [code, Number(count)]));
}

async function query<Row extends pg.QueryResultRow>(databaseUrl: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
