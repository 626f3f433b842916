import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgres } from './find-postgres.ts';
import { freePort } from './free-port.ts';
import { keep, release } from './keep.ts';
import type { Program } from './program.ts';
import { type Account, serverAccount } from './server-account.ts';
import { type ServerProcess, startServerProcess, untilReady } from './server-process.ts';

const run = promisify(execFile);

/** A durable PostgreSQL of one's own on loopback. */
export interface TestPostgres {
  /** Of its superuser; stays the same over `kill9` and `start`. */
  readonly url: string;
  readonly version: string;
  /** Where the binaries come from, in words. */
  readonly from: string;
  /** Ends it as a power cut would, for the processes. */
  kill9(): Promise<void>;
  /** Starts it again on the same data and port, and waits until it has recovered. */
  start(): Promise<void>;
  /** Stops it for good and removes its folder. */
  stop(): Promise<void>;
}

interface Cluster {
  readonly program: Program;
  readonly account: Account | undefined;
  readonly folder: string;
  readonly data: string;
  readonly port: number;
  readonly url: string;
}

/** Makes a new cluster and starts it. Throws when no PostgreSQL can be had. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-postgres-'));
  keep(folder);
  let server: ServerProcess | undefined;
  const stop = async () => {
    await server?.end('SIGINT', 10_000);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    release(folder);
  };
  try {
    const cluster = await makeCluster(folder);
    server = await startServer(cluster);
    return {
      url: cluster.url,
      version: cluster.program.version,
      from: cluster.program.from,
      async kill9() {
        await server?.end('SIGKILL', 0);
        keep(folder);
      },
      async start() {
        if (!server?.isRunning()) server = await startServer(cluster);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeCluster(folder: string): Promise<Cluster> {
  await chmod(folder, 0o755);
  const account = await serverAccount();
  const program = await findPostgres(folder, account);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  const password = randomBytes(16).toString('hex');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) {
    await Promise.all([data, passwordFile].map((path) => chown(path, account.uid, account.gid)));
  }
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  await run(
    join(program.folder, 'initdb'),
    [
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      `--locale=${locale}`,
      // Only what initdb itself writes; the server syncs as it does in production.
      '--no-sync',
    ],
    { cwd: folder, env: { ...process.env, ...program.environment }, ...(account ?? {}) },
  );
  const port = await freePort();
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return { program, account, folder, data, port, url };
}

/** Tries again for a minute: after a kill the old backends hold the shared memory until they notice. */
async function startServer(cluster: Cluster): Promise<ServerProcess> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const server = await startServerProcess(command(cluster), cluster.folder);
    keep(cluster.folder, server.pid);
    try {
      await untilReady(server, cluster.folder, () => connectOnce(cluster.url));
      return server;
    } catch (error) {
      await server.end('SIGKILL', 0);
      if (performance.now() > deadline) throw error;
    }
    await delay(100);
  }
}

function command({ program, account, data, port }: Cluster) {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=300'];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  return { file: program.file, args, environment: program.environment, account };
}

async function connectOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  await client.end();
}
