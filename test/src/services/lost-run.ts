import pg from 'pg';
import { startPostgres } from './start-postgres.ts';

/** A run that says what it started and then waits to be killed. */
const server = await startPostgres();
const client = new pg.Client({ connectionString: server.url });
client.on('error', () => {});
await client.connect();
const { rows } = await client.query<{ folder: string; pid: string }>(
  `SELECT current_setting('data_directory') AS folder, split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid`,
);
process.stdout.write(JSON.stringify({ folder: rows[0]?.folder, pid: Number(rows[0]?.pid) }));
setInterval(() => {}, 60_000);
