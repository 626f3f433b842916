import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { readStoredJson } from '../validation/read-stored-json.ts';
import { DatabaseUnavailableError, isConnectionFailure } from './database-unavailable.ts';

export type Orm = NodePgDatabase;
/** A Drizzle transaction: has every query method of `Orm`. */
export type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0];

/** An open PostgreSQL database. Values reach SQL only as parameters (V3). */
export interface Database {
  readonly orm: Orm;
  readonly pool: pg.Pool;
  /** The URL it was opened with; workers open their own connection with it. */
  readonly url: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections held at most. Default 10. */
  readonly connectionsMax?: number;
  /**
   * Milliseconds after which a query is given up with its connection. Default 30,000 (O6). PostgreSQL's own
   * statement_timeout would be a setting of the session, which a pooler does not keep.
   */
  readonly queryTimeoutMs?: number;
  readonly onError?: (error: Error) => void;
}

/** Opens a pool on a PostgreSQL 15 or newer. Connects lazily. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connectionsMax ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    query_timeout: options.queryTimeoutMs ?? 30_000,
    application_name: 'keyward',
    types: { getTypeParser },
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', options.onError ?? (() => {}));
  // The pool listens to idle connections only; of one that is in use, the query that it fails tells.
  pool.on('connect', (client) => client.on('error', () => {}));
  const orm = drizzle({ client: pool });
  orm.transaction = transactionsOn(pool);
  return { orm, pool, url: options.url, close: () => pool.end() };
}

/** Drizzle's own never gives a connection back on which BEGIN failed, and keeps one on which ROLLBACK failed. */
function transactionsOn(pool: pg.Pool): Orm['transaction'] {
  return (work, config) =>
    withConnection(pool, (client) =>
      drizzle({ client }).transaction((tx) => {
        connections.set(tx, client);
        return work(tx);
      }, config),
    );
}

const connections = new WeakMap<Transaction, pg.PoolClient>();

/** The connection of a transaction that `Orm.transaction` has begun. */
export function connectionOf(tx: Transaction): pg.PoolClient {
  const client = connections.get(tx);
  if (client === undefined) throw new Error('not a transaction of an open database');
  return client;
}

/** Lends a connection, and throws it away when it broke. Rejects with `DatabaseUnavailableError` when none can be had. */
export async function withConnection<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new DatabaseUnavailableError('No connection', { cause: error });
  });
  let isBroken = false;
  try {
    return await work(client);
  } catch (error) {
    isBroken = isConnectionFailure(error instanceof DrizzleQueryError ? error.cause : error);
    throw error;
  } finally {
    client.release(isBroken);
  }
}

/** JSON columns hold what callers sent; they are read by the reader that no text of theirs can mislead. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.JSON || oid === pg.types.builtins.JSONB
    ? readStoredJson
    : pg.types.getTypeParser(oid, format as 'text');
