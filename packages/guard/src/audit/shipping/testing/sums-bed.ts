import pg, { type ClientBase } from 'pg';
import { createTestDatabase } from '../../../testing/index.ts';
import type { AuditEntry } from '../../entry.ts';
import { sampleEntry } from '../../testing/sample-entry.ts';
import type { ShippingSource } from '../ship-batch.ts';
import { shipOnce } from '../ship-once.ts';

/** The columns that are compared one by one; the others are there as well. */
export interface BedRow {
  readonly id: string;
  readonly api_key: string | null;
  readonly path: string;
  readonly status: number;
  readonly error_code: string | null;
  readonly repeats: number;
}

/** A database to ship into, and a connection to it. */
export interface SumsBed extends AsyncDisposable {
  readonly client: pg.Client;
  emptyLog(): Promise<void>;
  /** Rows of the audit log: those that stand for one request first, then by time. */
  rowsOf(where?: string): Promise<BedRow[]>;
  /** Ships the journal of a folder to its end, as a command does. */
  ship(folder: string): ReturnType<typeof shipOnce>;
}

export async function sumsBed(): Promise<SumsBed> {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return {
    client,
    async emptyLog() {
      await client.query(`SET session_replication_role = replica; DELETE FROM audit_logs; DELETE FROM audit_sums;
        DELETE FROM audit_keyless_minutes; SET session_replication_role = DEFAULT`);
    },
    async rowsOf(where = 'true') {
      const { rows } = await client.query<BedRow>(
        `SELECT *, ip::text AS ip FROM audit_logs WHERE ${where} ORDER BY repeats, created_at, id`,
      );
      return rows;
    },
    ship: (folder) => shipOnce({ databaseUrl: database.url, folder }),
    async [Symbol.asyncDispose]() {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

export const noon = Date.UTC(2026, 6, 15, 12);

/** An ordinary refusal of an invented key. */
export function keyless(changes: Partial<AuditEntry> = {}): AuditEntry {
  return sampleEntry({
    createdAt: noon,
    userId: null,
    apiKey: null,
    status: 401,
    errorCode: 'invalid_key',
    action: 'request',
    objectType: null,
    objectIds: null,
    objectCount: 0,
    environment: null,
    ...changes,
  });
}

export function sourceOf(folder: string, nodeId: string, by: ClientBase, entriesMax = 5_000): ShippingSource {
  const limits = { entriesMax, bytesMax: 4 * 1024 * 1024 };
  return { folder, nodeId, limits, client: by, months: new Set(), position: undefined };
}
