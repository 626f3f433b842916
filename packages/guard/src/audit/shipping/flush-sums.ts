import type { ClientBase } from 'pg';
import { uuidv7 } from '../../ids.ts';
import type { SummedRequest } from './batch-sums.ts';
import { beginShipping } from './connect.ts';
import { ensurePartitions } from './ensure-partitions.ts';

interface SumRow {
  readonly minute: number;
  readonly address_group: string;
  readonly code: string;
  readonly status: number;
  readonly repeats: number;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly first: SummedRequest;
  readonly last: SummedRequest;
}

const rowsAtOnce = 1_000;

/** How long after its end a minute's sums become rows: what nodes have answered until then has arrived as a rule. */
const settledMs = 10_000;

/** Makes rows of the sums whose minute is over and has settled. Returns how many rows. Outside a transaction. */
export function flushSettledSums(client: ClientBase, months: Set<string>, nowMs: number): Promise<number> {
  return flushSums(client, months, Math.floor((nowMs - settledMs) / 60_000), 'FOR UPDATE SKIP LOCKED');
}

/**
 * Makes rows of all sums, also of the running minute: before a search, and when a node stops. What the same minute
 * still brings becomes another row, as what arrives late does.
 */
export function flushAllSums(client: ClientBase, months: Set<string>): Promise<number> {
  return flushSums(client, months, 2 ** 31 - 1, 'FOR UPDATE');
}

async function flushSums(
  client: ClientBase,
  months: Set<string>,
  beforeMinute: number,
  locking: 'FOR UPDATE' | 'FOR UPDATE SKIP LOCKED',
): Promise<number> {
  for (let flushed = 0; ; ) {
    const rows = await flushSome(client, months, beforeMinute, locking);
    flushed += rows;
    if (rows < rowsAtOnce) return flushed;
  }
}

/** A sum leaves the one table and enters the other in one transaction, so that it is a row exactly once (A2). */
async function flushSome(
  client: ClientBase,
  months: Set<string>,
  beforeMinute: number,
  locking: 'FOR UPDATE' | 'FOR UPDATE SKIP LOCKED',
): Promise<number> {
  await ensurePartitions(client, await monthsOfSums(client, beforeMinute), months);
  await client.query(beginShipping);
  try {
    // In the order in which they are written, so that nobody waits in a circle.
    const { rows } = await client.query<SumRow>(
      `SELECT * FROM audit_sums WHERE minute < $1 ORDER BY minute, address_group, code, status LIMIT $2 ${locking}`,
      [beforeMinute, rowsAtOnce],
    );
    if (rows.length > 0) await moveRows(client, rows);
    await client.query('COMMIT');
    return rows.length;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    months.clear();
    throw error;
  }
}

async function monthsOfSums(client: ClientBase, beforeMinute: number): Promise<Set<string>> {
  const { rows } = await client.query<{ month: string }>(
    `SELECT DISTINCT to_char(first_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month FROM audit_sums WHERE minute < $1`,
    [beforeMinute],
  );
  return new Set(rows.map(({ month }) => month));
}

async function moveRows(client: ClientBase, sums: readonly SumRow[]): Promise<void> {
  await client.query(
    `INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, ip, user_agent, request_id,
       client_request_id, service, action, error_code, repeats, after)
     SELECT id, created_at, method, path, status, duration_ms, ip, user_agent, request_id,
       client_request_id, service, action, error_code, repeats, after
     FROM jsonb_to_recordset($1::jsonb) AS sum (id text, created_at timestamptz, method text, path text, status integer,
       duration_ms integer, ip inet, user_agent text, request_id text, client_request_id text, service text,
       action text, error_code text, repeats integer, after jsonb)`,
    [JSON.stringify(sums.map(toRow))],
  );
  await client.query(
    `DELETE FROM audit_sums WHERE (minute, address_group, code, status) IN
       (SELECT * FROM unnest($1::integer[], $2::text[], $3::text[], $4::integer[]))`,
    [
      sums.map((sum) => sum.minute),
      sums.map((sum) => sum.address_group),
      sums.map((sum) => sum.code),
      sums.map((sum) => sum.status),
    ],
  );
}

/** The row is that of the first request, but for its id and the address, which is the group's; `after` is of the last. */
function toRow(sum: SumRow) {
  const { method, path, request_id: requestId } = sum.last;
  return {
    ...sum.first,
    id: uuidv7(sum.first_at.getTime()),
    created_at: sum.first_at,
    status: sum.status,
    ip: sum.address_group,
    error_code: sum.code === '' ? null : sum.code,
    repeats: sum.repeats,
    after: {
      last_at: sum.last_at,
      last_method: method,
      last_path: path,
      last_request_id: requestId,
    },
  };
}
