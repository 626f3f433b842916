import { pinning } from '../cores.ts';
import type { HttpResult } from '../http/measure-http.ts';
import type { FloodResult } from '../keys/measure-flood.ts';
import type { MicroFigures } from '../micro/measure-micro.ts';
import type { ProxyResult } from '../proxy/measure-proxy.ts';
import type { StartUpFigures } from '../start-up/measure-start-up.ts';
import { floodGoals, floodTable, floodWords, steadyTable } from './flood-section.ts';
import { goalTable } from './goal.ts';
import { httpGoals, httpTable } from './http-section.ts';
import { limitTable } from './limits-section.ts';
import { machine } from './machine.ts';
import { microGoals, microTable } from './micro-section.ts';
import { proxyGoals, proxyTable, proxyWords } from './proxy-section.ts';
import { startUpGoals } from './start-up-section.ts';

export interface Results {
  readonly startUp: StartUpFigures | undefined;
  readonly http: HttpResult | undefined;
  readonly micro: MicroFigures | undefined;
  readonly flood: FloodResult | undefined;
  readonly proxy: ProxyResult | undefined;
}

export interface Run {
  readonly command: string;
  readonly date: Date;
  /** The machine's load average of one minute before the run: what else was going on. */
  readonly loadBefore: number;
}

/** The whole report in Markdown. */
export function report(results: Results, run: Run): string {
  const { startUp, http, micro, flood, proxy } = results;
  const goals = [
    ...(http ? httpGoals(http) : []),
    ...(micro ? microGoals(micro) : []),
    ...(flood ? floodGoals(flood) : []),
    ...(proxy ? proxyGoals(proxy) : []),
    ...(startUp ? startUpGoals(startUp) : []),
  ];
  return [
    '# Benchmarks',
    'Peers and we, side by side in one run. Made by `npm run bench`, which starts a PostgreSQL and a Redis of its own; this file is what it wrote last.',
    ['## Goals', runWords(run), goalTable(goals)],
    http && [
      `## A guarded POST beside the bare handler and the usual assembly`,
      httpWords(http),
      httpTable(http),
    ],
    micro && ['## The parts by themselves', microTable(micro), limitTable(micro)],
    flood && ['## A flood of invented keys', floodWords(flood), floodTable(flood), steadyTable(flood)],
    proxy && ['## Calls to AI providers', proxyWords(proxy), proxyTable(proxy)],
    ['## How it is measured', method],
  ]
    .flat()
    .filter((part) => part !== undefined)
    .join('\n\n')
    .concat('\n');
}

function runWords({ command, date, loadBefore }: Run): string {
  const when = `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${when}, \`${command}\`, on ${machine()}; load average before the run ${loadBefore.toFixed(1)}.`;
}

function httpWords({ load, services, figures }: HttpResult): string {
  return `${load}, ${figures.bare.length} rounds, 64 connections, 1,000 keys in rotation, a JSON body of 76 bytes; ${services}; ${pinning}.`;
}

const method = `
- Rounds alternate: every server once, then every server again. Tables show medians of the rounds; a ratio or a difference is the median over the pairs of one round. A first round warms up and is not counted.
- Read the ratios and the CPU columns. A shared machine drifts by a factor of two between rounds, and absolute figures belong to it alone.
- _Bare_: Hono on @hono/node-server with Zod. _Guarded_: the same handler as a route behind the whole guard, put together as the product is: keys in PostgreSQL through the verifier and its cache, a scope, limits, Zod, headers, CORS, the journal on disk and the shipper that moves it to PostgreSQL, on the product's own listener. _The usual assembly_: Fastify with helmet, cors, rate-limit on Redis, a log line, Zod, the key by its SHA-256 from PostgreSQL and an awaited audit insert on each request.
- _CPU, serving thread_: user and system time of the thread that serves. _Process_: all threads, until the journal is shipped to its end.
- After the last round the audit log must hold at least as many rows as requests were answered, or the run fails; so it does on any answer that is not 2xx.
- Start-up is that of this checkout, run from source; the built product is not measured here. Idle memory is read 10 s after a start.
- wrk drives when it is on the PATH, otherwise autocannon, which on one core is no faster than the bare server: then req/s say little and the CPU columns more.
- \`npm run bench -- --short\` shows within two minutes that everything runs, measures nothing worth reading and leaves this file alone. \`npm run bench -- http\` (or \`micro\`, \`flood\`, \`start-up\`, \`tokenizer\`) does that part only. \`--cpu-prof FOLDER\` keeps CPU profiles of the servers.`.trim();
