import type { BenchName } from '../benches.ts';
import { goalTable } from './goal.ts';
import type { Result } from './results.ts';

/** The whole report in Markdown, of the last result of each benchmark. */
export function report(results: readonly Result[]): string {
  const goals = results
    .flatMap((result) => result.goals)
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  return [
    '# Benchmarks',
    'Peers and we, side by side. Each part was made by `npm run bench -- <part>`, which starts a PostgreSQL and a Redis of its own; this file is composed of what each found last (`results/`).',
    '## Goals',
    goalTable(goals),
    ...results.flatMap((result) => [`## ${result.title}`, circumstances(result), ...result.paragraphs]),
    '## How it is measured',
    method,
  ]
    .join('\n\n')
    .concat('\n');
}

function circumstances({ at, command, machine, loadBefore }: Result): string {
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC`;
  return `_${when}, \`${command}\`, on ${machine}; load average before it ${loadBefore.toFixed(1)}._`;
}

const example: BenchName = 'http';
const method = `
- Rounds alternate: every server once, then every server again. Tables show medians of the rounds; a ratio or a difference is the median over the pairs of one round. A first round warms up and is not counted.
- Read the ratios and the CPU columns. A shared machine drifts by a factor of two between rounds, and absolute figures belong to it alone.
- _Bare_: Hono on @hono/node-server with Zod. _Guarded_: the same handler as a route behind the whole guard, put together as the product is: keys in PostgreSQL through the verifier and its cache, a scope, limits, Zod, headers, CORS, the journal on disk and the shipper that moves it to PostgreSQL, on the product's own listener. _The usual assembly_: Fastify with helmet, cors, rate-limit on Redis, a log line, Zod, the key by its SHA-256 from PostgreSQL and an awaited audit insert on each request; _bcrypt_ the same with 16 keys as bcrypt hashes in memory and 8 connections. _Better Auth_: its key plugin with its own limits and permissions behind Hono, Zod and the same audit insert.
- _CPU, serving thread_: user and system time of the thread that serves. _Process_: all threads, until the journal is shipped to its end.
- After the last round the audit log must hold at least as many rows as requests were answered, or the run fails; so it does on any answer that is not 2xx.
- Start-up is that of this checkout, run from source; the built product is not measured here. Idle memory is read 10 s after a start.
- wrk drives when it is on the PATH, otherwise autocannon, which on one core is no faster than the bare server: then req/s say little and the CPU columns more.
- \`npm run bench -- --short\` shows within some minutes that everything runs, measures nothing worth reading and leaves this file alone. \`npm run bench -- ${example}\` does that part only; \`--rounds N\` and \`--seconds N\` make it longer. \`--cpu-prof FOLDER\` keeps CPU profiles of the servers.`.trim();
