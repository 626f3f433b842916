import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis } from './find-redis.ts';
import { freePort } from './free-port.ts';
import { keep, release } from './keep.ts';
import { type ServerProcess, startServerProcess, untilReady } from './server-process.ts';

/** A Redis (or Valkey) of one's own on loopback that keeps its data over `kill9`. */
export interface TestRedis {
  /** Stays the same over `kill9` and `start`. */
  readonly url: string;
  readonly version: string;
  /** Where the binary comes from, in words. */
  readonly from: string;
  kill9(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** Keeps its connections open and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
  /** Stops it for good and removes its folder. */
  stop(): Promise<void>;
}

export interface RedisChoices {
  /** Default: a random one. */
  readonly password?: string;
  /** Further lines of its configuration. */
  readonly settings?: readonly string[];
}

/** Starts a new, empty Redis. Throws when none can be had. */
export async function startRedis(choices: RedisChoices = {}): Promise<TestRedis> {
  const { password = randomBytes(16).toString('hex'), settings = [] } = choices;
  const program = await findRedis();
  const folder = await mkdtemp(join(tmpdir(), 'keyward-redis-'));
  keep(folder);
  const port = await freePort();
  const url = `redis://:${password}@127.0.0.1:${port}`;
  let server: ServerProcess | undefined;
  const start = async () => {
    if (server?.isRunning()) return;
    server = await startServerProcess({ ...program, args: [join(folder, 'redis.conf')] }, folder);
    keep(folder, server.pid);
    await untilReady(server, folder, () => pingOnce(url));
  };
  const stop = async () => {
    server?.signal('SIGCONT');
    await server?.end('SIGTERM', 5_000);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    release(folder);
  };
  try {
    await writeFile(join(folder, 'redis.conf'), configuration(port, password, settings), { mode: 0o600 });
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    version: program.version,
    from: program.from,
    async kill9() {
      await server?.end('SIGKILL', 0);
      keep(folder);
    },
    start,
    pause: () => server?.signal('SIGSTOP'),
    resume: () => server?.signal('SIGCONT'),
    stop,
  };
}

/** The password is in a file of ours alone, not among the arguments that everybody sees. */
function configuration(port: number, password: string, settings: readonly string[]): string {
  const own = ['bind 127.0.0.1', `port ${port}`, `requirepass ${password}`, 'save ""', 'appendonly yes'];
  return [...own, ...settings, ''].join('\n');
}

async function pingOnce(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}
