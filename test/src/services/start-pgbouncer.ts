import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findPgbouncer } from './find-pgbouncer.ts';
import { freePort } from './free-port.ts';
import { keep, release } from './keep.ts';
import { serverAccount } from './server-account.ts';
import { type ServerProcess, startServerProcess, untilReady } from './server-process.ts';

/** A PgBouncer in transaction mode on loopback, before a PostgreSQL that is there already. */
export interface TestPgbouncer {
  readonly version: string;
  /** The way through it to the database of a URL of that PostgreSQL. */
  through(databaseUrl: string): string;
  stop(): Promise<void>;
}

/** `postgresUrl`: whom every connection logs in as. Throws when no PgBouncer can be had. */
export async function startPgbouncer(postgresUrl: string): Promise<TestPgbouncer> {
  const account = await serverAccount();
  const program = await findPgbouncer(account);
  const folder = await mkdtemp(join(tmpdir(), 'keyward-pgbouncer-'));
  keep(folder);
  const port = await freePort();
  const through = (databaseUrl: string): string => {
    const { pathname, username } = new URL(databaseUrl);
    return `postgres://${username}@127.0.0.1:${port}${pathname}`;
  };
  let server: ServerProcess | undefined;
  const stop = async () => {
    await server?.end('SIGINT', 5_000);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    release(folder);
  };
  try {
    await chmod(folder, 0o755);
    const file = join(folder, 'pgbouncer.ini');
    await writeFile(file, configuration(new URL(postgresUrl), port), { mode: 0o644 });
    server = await startServerProcess({ ...program, account, args: [file] }, folder);
    keep(folder, server.pid);
    await untilReady(server, folder, () => askOnce(through(postgresUrl)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { version: program.version, through, stop };
}

/** Few connections to PostgreSQL, so that clients get those of others: what one leaves behind another finds. */
function configuration({ hostname, port, username, password }: URL, listenPort: number): string {
  const login = `user=${username}${password && ` password=${password}`}`;
  return [
    '[databases]',
    `* = host=${hostname} port=${port || 5432} ${login}`,
    '[pgbouncer]',
    'pool_mode = transaction',
    'default_pool_size = 12',
    'max_client_conn = 500',
    'auth_type = any',
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    'logfile =',
    '',
  ].join('\n');
}

async function askOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}
