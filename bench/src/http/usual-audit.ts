import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** The audit table that one makes for oneself, written and awaited on each request. */
export const auditTable = `
  CREATE TABLE usual_audit (
    id uuid PRIMARY KEY, created_at timestamptz NOT NULL, user_id text, key_id text, method text NOT NULL,
    path text NOT NULL, status int NOT NULL, ip text, user_agent text, request_id text, action text
  );
  CREATE INDEX ON usual_audit (user_id, created_at);
  CREATE INDEX ON usual_audit (created_at);`;

export interface RecordedRequest {
  readonly userId: string;
  readonly keyId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ip: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
}

export async function recordRequest(pool: pg.Pool, request: RecordedRequest): Promise<void> {
  const { userId, keyId, method, path, status, ip, userAgent, requestId } = request;
  await pool.query(
    `INSERT INTO usual_audit (id, created_at, user_id, key_id, method, path, status, ip, user_agent, request_id, action)
     VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8, $9, 'orders.create')`,
    [randomUUID(), userId, keyId, method, path, status, ip, userAgent, requestId],
  );
}
