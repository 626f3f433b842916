import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRedis } from '@keyward/test/services';
import pg from 'pg';
import type { BenchOptions } from '../bench.ts';
import { autocannonLoad } from './autocannon.ts';
import { type HttpServerId, httpServers } from './http-servers.ts';
import type { LoadGenerator } from './load.ts';
import { orderPath } from './order.ts';
import { prepareDatabase } from './prepare-database.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { findWrk } from './wrk.ts';

export interface HttpOptions extends Pick<BenchOptions, 'rounds' | 'seconds' | 'nodeOptions' | 'log'> {
  readonly connections: number;
}

/** What one server did in one round. */
export interface HttpFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of the serving thread per request, microseconds. */
  readonly threadMicros: number;
  /** CPU of the whole process per request, shipping the journal to its end included. */
  readonly processMicros: number;
  readonly failures: number;
  readonly requests: number;
}

export interface HttpResult {
  readonly load: string;
  readonly services: string;
  readonly figures: Readonly<Record<HttpServerId, readonly HttpFigures[]>>;
}

/** Drives all servers in turns, one at a time, on a PostgreSQL and a Redis of their own. */
export async function measureHttp(options: HttpOptions): Promise<HttpResult> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(), (server) => server.stop());
  const redis = stack.adopt(await startRedis(), (server) => server.stop());
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'keyward-bench-')), (path) =>
    rm(path, { recursive: true }),
  );
  const { secret, keys } = await prepareDatabase(postgres.url);
  const load = (await findWrk()) ?? autocannonLoad;
  options.log(`${load.name}, PostgreSQL ${postgres.version}, Redis ${redis.version}`);

  const contenders: Contender[] = [];
  for (const { id, module, limits, ...more } of httpServers) {
    const settings = {
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      secret,
      folder: await mkdtemp(join(folder, id)),
      limits,
    };
    const server = await startServer({ module, settings, nodeOptions: options.nodeOptions });
    const connections = 'connections' in more ? more.connections : options.connections;
    contenders.push({ id, server: stack.adopt(server, (running) => running.stop()), connections });
  }
  const figures = await inRounds(contenders, load, keys, options);
  await checkRecorded(postgres.url, [...figures.memory, ...figures.redis]);
  return { load: load.name, services: `PostgreSQL ${postgres.version}, Redis ${redis.version}`, figures };
}

interface Contender {
  readonly id: HttpServerId;
  readonly server: ServerProcess;
  readonly connections: number;
}

async function inRounds(
  contenders: readonly Contender[],
  load: LoadGenerator,
  keys: readonly string[],
  { rounds, seconds, log }: HttpOptions,
): Promise<Record<HttpServerId, HttpFigures[]>> {
  const figures = Object.fromEntries(httpServers.map(({ id }) => [id, []])) as unknown as Record<
    HttpServerId,
    HttpFigures[]
  >;
  // Round 0 warms the compilers, the pools and the caches, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { id, server, connections } of contenders) {
      const measured = await drive(server, load, {
        connections,
        seconds: round === 0 ? Math.min(seconds, 3) : seconds,
        keys: server.keys ?? keys,
        timeoutSeconds: 30,
      });
      if (measured.failures > 0)
        throw new Error(`${id}: ${measured.failures} requests were not answered with 2xx`);
      log(
        `round ${round} ${id}: ${Math.round(measured.requestsPerSecond)} req/s, ${measured.threadMicros.toFixed(1)} µs`,
      );
      if (round > 0) figures[id].push(measured);
    }
  }
  return figures;
}

async function drive(
  server: ServerProcess,
  load: LoadGenerator,
  options: { connections: number; seconds: number; keys: readonly string[]; timeoutSeconds: number },
): Promise<HttpFigures> {
  const before = await server.cpu();
  const loaded = await load.run({ ...options, url: server.url + orderPath });
  const after = await server.cpu();
  // What is shipped later belongs to these requests, and must not disturb the next server's.
  await server.drain();
  const drained = await server.cpu();
  return {
    requests: loaded.requests,
    requestsPerSecond: loaded.requests / loaded.seconds,
    p50Ms: loaded.p50Ms,
    p99Ms: loaded.p99Ms,
    threadMicros: (after.thread - before.thread) / loaded.requests,
    processMicros: (drained.process - before.process) / loaded.requests,
    failures: loaded.failures,
  };
}

/** A guard that is fast because it forgets to record would not count. */
async function checkRecorded(databaseUrl: string, figures: readonly HttpFigures[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>(
      "SELECT count(*) FROM audit_logs WHERE action = 'orders.create'",
    );
    const answered = figures.reduce((sum, { requests }) => sum + requests, 0);
    if (Number(rows[0]?.count) < answered)
      throw new Error(`${answered} requests were answered, ${rows[0]?.count} are in the audit log`);
  } finally {
    await client.end();
  }
}
