import { randomInt } from 'node:crypto';
import type { LoadGenerator } from '../http/load.ts';
import { orderPath } from '../http/order.ts';
import type { ServerProcess } from '../http/server-process.ts';
import { type Invention, inventedKeys, inventions } from './invented-keys.ts';
import type { FloodOptions } from './measure-flood.ts';

const connections = 64;
/** More than any server here refuses in a second: no key comes twice. */
const keysPerSecond = 40_000;

/** CPU for each request, microseconds. */
export interface RefusalCost {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Of the thread that serves. */
  readonly threadMicros: number;
  /** Of all threads, until the journal is shipped to its end. */
  readonly processMicros: number;
}

export interface FloodRound {
  /** All kinds mixed, answered with 200 by a server that does not look at keys. */
  readonly bare: RefusalCost;
  readonly kinds: Readonly<Record<Invention, RefusalCost>>;
  /** All kinds mixed, by the guard. */
  readonly mixed: RefusalCost;
  /** Invented keys that the guard refused. */
  readonly requests: number;
  /** Of the guard when the round is over. */
  readonly residentBytes: number;
}

export interface FloodedServers {
  readonly bare: ServerProcess;
  readonly guarded: ServerProcess;
}

/** Every kind in each round, one at a time. Round 0 warms up; more are made until enough keys were sent. */
export async function floodRounds(
  servers: FloodedServers,
  load: LoadGenerator,
  real: readonly string[],
  { rounds, seconds, requestsMin, log }: FloodOptions,
): Promise<FloodRound[]> {
  const flood = (server: ServerProcess, kinds: readonly Invention[]): Promise<RefusalCost> =>
    drive(server, load, { kinds, real, seconds, isRefused: server !== servers.bare });
  const done: FloodRound[] = [];
  let sent = 0;
  while (done.length <= rounds || sent < requestsMin) {
    const bare = await flood(servers.bare, inventions);
    const kinds: Partial<Record<Invention, RefusalCost>> = {};
    let requests = 0;
    for (const kind of inventions) {
      const cost = await flood(servers.guarded, [kind]);
      kinds[kind] = cost;
      requests += cost.requests;
    }
    const mixed = await flood(servers.guarded, inventions);
    requests += mixed.requests;
    sent += requests;
    const { resident: residentBytes } = await servers.guarded.memory();
    log(`round ${done.length}: ${sent} invented keys, ${Math.round(residentBytes / 1e6)} MB`);
    done.push({ bare, kinds: kinds as FloodRound['kinds'], mixed, requests, residentBytes });
  }
  return done;
}

interface Drive {
  readonly kinds: readonly Invention[];
  readonly real: readonly string[];
  readonly seconds: number;
  readonly isRefused: boolean;
}

async function drive(
  server: ServerProcess,
  load: LoadGenerator,
  { kinds, real, seconds, isRefused }: Drive,
): Promise<RefusalCost> {
  const keys = floodKeys(kinds, real, Math.ceil(seconds * keysPerSecond));
  const addresses = keys.map(anyAddress);
  const before = await server.cpu();
  const loaded = await load.run({ url: server.url + orderPath, connections, seconds, keys, addresses });
  const after = await server.cpu();
  await server.drain();
  const drained = await server.cpu();
  const refused = loaded.failures - loaded.unanswered;
  if (loaded.unanswered > 0 || refused !== (isRefused ? loaded.requests : 0))
    throw new Error(`of ${loaded.requests} ${refused} were refused, ${loaded.unanswered} not answered`);
  return {
    requests: loaded.requests,
    requestsPerSecond: loaded.requests / loaded.seconds,
    threadMicros: (after.thread - before.thread) / loaded.requests,
    processMicros: (drained.process - before.process) / loaded.requests,
  };
}

/** The kinds in turn. */
export function floodKeys(kinds: readonly Invention[], real: readonly string[], count: number): string[] {
  const lists = kinds.map((kind) => inventedKeys(kind, real, Math.ceil(count / kinds.length)));
  return Array.from({ length: count }, (_, at) => {
    const list = lists[at % lists.length] ?? [];
    return list[Math.floor(at / lists.length)] ?? '';
  });
}

/** One of the addresses of IPv4 that can be somebody's. */
export function anyAddress(): string {
  return `${randomInt(11, 126)}.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
}
