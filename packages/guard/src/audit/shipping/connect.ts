import pg from 'pg';

/** A connection for shipping. `onLost` is called when it breaks while nothing is asked of it. */
export async function connect(
  databaseUrl: string,
  onLost: (error: Error) => void = () => {},
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'keyward journal',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  client.on('error', onLost);
  await client.connect();
  return client;
}

/**
 * Begins a transaction that ships. A segment is removed once its commit is acknowledged, so the acknowledgement has to
 * mean the disk. Settings of the transaction: a pooler keeps none of the session, and leaves them to others (K10).
 */
export const beginShipping = 'BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = 60000';
