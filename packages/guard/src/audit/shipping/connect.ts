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
    statement_timeout: 60_000,
  });
  client.on('error', onLost);
  await client.connect();
  // A segment is removed once its commit is acknowledged, so the acknowledgement has to mean the disk.
  await client.query('SET synchronous_commit = on');
  return client;
}
