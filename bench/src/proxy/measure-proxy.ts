import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@keyward/test/services';
import pg from 'pg';
import type { BenchOptions } from '../bench.ts';
import { autocannonLoad } from '../http/autocannon.ts';
import type { LoadGenerator, LoadOptions } from '../http/load.ts';
import { type ServerProcess, startServer } from '../http/server-process.ts';
import { findWrk } from '../http/wrk.ts';
import { chatPath, smallBody, streamBody } from './chat.ts';
import { connectAccount, prepareProxy } from './prepare-proxy.ts';

export const proxyIds = ['plain', 'ours', 'portkey'] as const;
export type ProxyId = (typeof proxyIds)[number];
export const proxyLoads = ['small', 'stream'] as const;
export type ProxyLoad = (typeof proxyLoads)[number];

export type ProxyOptions = Pick<BenchOptions, 'rounds' | 'seconds' | 'nodeOptions' | 'log'>;

/** What one proxy did in one round. */
export interface ProxyFigures {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of the serving thread per call, microseconds. */
  readonly threadMicros: number;
  /** CPU of the whole process per call, shipping the journal to its end included. */
  readonly processMicros: number;
}

export interface ProxyResult {
  readonly load: string;
  readonly services: string;
  readonly figures: Readonly<Record<ProxyLoad, Readonly<Record<ProxyId, readonly ProxyFigures[]>>>>;
}

interface Contender {
  readonly id: ProxyId;
  readonly server: ServerProcess;
  /** Where its calls go to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const connections = 64;

/**
 * P11: our proxy, a plain pass-through and Portkey's gateway before one provider, in turns, one at a time.
 * Portkey is asked for small answers alone: on this Node its streams end with 500 (`TypeError: immutable`).
 */
export async function measureProxy(options: ProxyOptions): Promise<ProxyResult> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(), (server) => server.stop());
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'keyward-bench-')), (path) =>
    rm(path, { recursive: true }),
  );
  const prepared = await prepareProxy(postgres.url);
  const start = async (module: string, upstreamUrl: string, core: number): Promise<ServerProcess> => {
    const { secret } = prepared;
    const settings = {
      databaseUrl: postgres.url,
      redisUrl: '',
      secret,
      folder,
      limits: 'memory',
      upstreamUrl,
    } as const;
    const nodeOptions = core === 0 ? options.nodeOptions : [];
    const server = await startServer({ module: `../proxy/${module}`, settings, nodeOptions, core });
    return stack.adopt(server, (running) => running.stop());
  };
  const upstream = await start('upstream', '', 1);
  const upstreamUrl = `${upstream.url}/v1`;
  const servers = {
    plain: await start('pass-through', upstreamUrl, 0),
    ours: await start('proxied', upstreamUrl, 0),
    portkey: await start('portkey', upstreamUrl, 0),
  };
  await connectAccount(servers.ours.url, prepared.key, upstreamUrl);
  const load = (await findWrk()) ?? autocannonLoad;
  options.log(`${load.name}, PostgreSQL ${postgres.version}`);
  const figures = await inRounds(contenders(servers, upstreamUrl), prepared.key, load, options);
  await checkBooked(postgres.url, [...figures.small.ours, ...figures.stream.ours]);
  return { load: load.name, services: `PostgreSQL ${postgres.version}`, figures };
}

function contenders(servers: Readonly<Record<ProxyId, ServerProcess>>, upstreamUrl: string): Contender[] {
  const json = { 'content-type': 'application/json', 'user-agent': 'keyward-bench/1' };
  const provider = { ...json, authorization: 'Bearer sk-provider-0123456789' };
  const portkey = { ...provider, 'x-portkey-provider': 'openai', 'x-portkey-custom-host': upstreamUrl };
  const { plain, ours, portkey: gateway } = servers;
  return [
    { id: 'plain', server: plain, url: `${plain.url}/v1${chatPath}`, headers: provider },
    {
      ...{ id: 'ours', server: ours, url: `${ours.url}/v1/proxy/openai/v1${chatPath}` },
      headers: json,
    },
    { id: 'portkey', server: gateway, url: `${gateway.url}/v1${chatPath}`, headers: portkey },
  ];
}

type Figures = Record<ProxyLoad, Record<ProxyId, ProxyFigures[]>>;

async function inRounds(
  all: readonly Contender[],
  key: string,
  load: LoadGenerator,
  { rounds, seconds, log }: ProxyOptions,
): Promise<Figures> {
  const none = () => ({ plain: [], ours: [], portkey: [] });
  const figures: Figures = { small: none(), stream: none() };
  // Round 0 warms the compilers, the pools and the caches, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const kind of proxyLoads) {
      for (const contender of all) {
        if (kind === 'stream' && contender.id === 'portkey') continue;
        const { url, headers } = contender;
        const measured = await drive(contender, load, {
          ...{ url, headers, seconds, timeoutSeconds: 30, connections },
          body: kind === 'small' ? smallBody : streamBody,
          // Ours takes it from the caller; the others pass it on.
          keys: [key],
        });
        log(
          `round ${round} ${kind} ${contender.id}: ${Math.round(measured.requestsPerSecond)}/s, ${measured.processMicros.toFixed(0)} µs`,
        );
        if (round > 0) figures[kind][contender.id].push(measured);
      }
    }
  }
  return figures;
}

async function drive(
  { id, server }: Contender,
  load: LoadGenerator,
  options: LoadOptions,
): Promise<ProxyFigures> {
  const before = await server.cpu();
  const loaded = await load.run(options);
  const after = await server.cpu();
  // What is shipped later belongs to these calls, and must not disturb the next proxy's.
  await server.drain();
  const drained = await server.cpu();
  if (loaded.failures > 0) throw new Error(`${id}: ${loaded.failures} calls were not answered with 2xx`);
  return {
    requests: loaded.requests,
    requestsPerSecond: loaded.requests / loaded.seconds,
    p50Ms: loaded.p50Ms,
    p99Ms: loaded.p99Ms,
    threadMicros: (after.thread - before.thread) / loaded.requests,
    processMicros: (drained.process - before.process) / loaded.requests,
  };
}

/** A proxy that is fast because it forgets to count would not count. */
async function checkBooked(url: string, rounds: readonly ProxyFigures[]): Promise<void> {
  const answered = rounds.reduce((sum, { requests }) => sum + requests, 0);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ events: string; priced: string }>(
      `SELECT count(*) AS events, count(*) FILTER (WHERE priced = 'exact') AS priced FROM usage_events`,
    );
    const [counted] = rows;
    if (Number(counted?.priced) < answered)
      throw new Error(
        `${answered} calls were answered, ${counted?.priced} of ${counted?.events} booked in full`,
      );
  } finally {
    await client.end();
  }
}
