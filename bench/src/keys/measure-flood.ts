import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@keyward/test/services';
import type { BenchOptions } from '../bench.ts';
import { autocannonLoad } from '../http/autocannon.ts';
import { prepareDatabase } from '../http/prepare-database.ts';
import { type ServerProcess, startServer } from '../http/server-process.ts';
import type { ServerSettings } from '../http/settings.ts';
import { findWrk } from '../http/wrk.ts';
import { countedScans, recordedRefusals } from './flood-database.ts';
import { type FloodRound, floodRounds } from './flood-rounds.ts';
import { probeWithNul } from './nul-probe.ts';
import { measureSteadyClients, type SteadyFigures } from './steady-clients.ts';

export interface FloodOptions extends Pick<BenchOptions, 'rounds' | 'seconds' | 'nodeOptions' | 'log'> {
  /** Invented keys to be sent at least; further rounds are made until then. */
  readonly requestsMin: number;
}

export interface FloodResult {
  readonly load: string;
  readonly services: string;
  /** The first one warms up. */
  readonly rounds: readonly FloodRound[];
  /** Invented keys that were refused, those of the warm-up included. */
  readonly requests: number;
  /** Scans of the keys' table by any index or none: until the flood, which shows that they are counted; in it. */
  readonly scans: { readonly before: number; readonly during: number };
  /** Bytes that the server's JavaScript holds after a collection, before the flood and after it. */
  readonly held: { readonly before: number; readonly after: number };
  /** Refusals in the audit log by error code. */
  readonly recorded: Readonly<Record<string, number>>;
  readonly steady: SteadyFigures;
  /** Requests with a NUL in the key, all of which got 400. */
  readonly nulsRefused: number;
}

/** P9: floods a server with keys that nobody made, from addresses that nobody has. */
export async function measureFlood(options: FloodOptions): Promise<FloodResult> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(), (server) => server.stop());
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'keyward-bench-')), (path) =>
    rm(path, { recursive: true }),
  );
  const { secret, keys } = await prepareDatabase(postgres.url);
  const load = (await findWrk()) ?? autocannonLoad;
  options.log(`${load.name}, PostgreSQL ${postgres.version}`);

  const start = async (name: string, module: string) => {
    const settings: ServerSettings = {
      databaseUrl: postgres.url,
      redisUrl: '',
      secret,
      folder: await mkdtemp(join(folder, name)),
      limits: 'memory',
      trustedProxies: ['127.0.0.1'],
    };
    const nodeOptions = ['--expose-gc', ...options.nodeOptions];
    return stack.adopt(await startServer({ module, settings, nodeOptions }), (server) => server.stop());
  };
  const guarded: ServerProcess = await start('guarded', './guarded');
  const steady = await measureSteadyClients(guarded, load, keys, options);
  const nulsRefused = await probeWithNul(guarded.url, 100);

  const bare = await start('bare', './bare-hono');
  const before = await countedScans(postgres.url);
  const held = { before: await heldBy(guarded), after: 0 };
  const rounds = await floodRounds({ bare, guarded }, load, keys, options);
  held.after = await heldBy(guarded);
  const during = (await countedScans(postgres.url)) - before;
  const requests = rounds.reduce((sum, round) => sum + round.requests, 0);
  const recorded = await recordedRefusals(postgres.url);
  checkRecorded(recorded, requests);
  return {
    load: load.name,
    services: `PostgreSQL ${postgres.version}`,
    rounds,
    requests,
    scans: { before, during },
    held,
    recorded,
    steady,
    nulsRefused,
  };
}

async function heldBy(server: ServerProcess): Promise<number> {
  return (await server.memory('collected')).held;
}

/** A refusal that is cheap because it is not recorded would not count. */
function checkRecorded(recorded: Readonly<Record<string, number>>, requests: number): void {
  // An address that sends too many of them is told so instead.
  const { invalid_key: invalid = 0, rate_limited: limited = 0 } = recorded;
  const refused = invalid + limited;
  if (refused < requests)
    throw new Error(`${requests} invented keys were refused, ${refused} refusals are in the audit log`);
}
