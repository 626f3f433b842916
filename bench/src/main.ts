import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { moveToCore } from './cores.ts';
import { measureHttp } from './http/measure-http.ts';
import { measureFlood } from './keys/measure-flood.ts';
import { measureMicro } from './micro/measure-micro.ts';
import { measureProxy } from './proxy/measure-proxy.ts';
import { report } from './report/report.ts';
import { measureStartUp } from './start-up/measure-start-up.ts';

// npm run bench -- [start-up] [http] [micro] [flood] [proxy] [media] [tokenizer] [shipping] [audit-search] [audit-verify] [--short] [--rounds N] [--seconds N] [--cpu-prof FOLDER]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
});
const unknown = positionals.filter(
  (name) =>
    ![
      'start-up',
      'http',
      'micro',
      'flood',
      'proxy',
      'media',
      'tokenizer',
      'shipping',
      'audit-search',
      'audit-verify',
    ].includes(name),
);
if (unknown.length > 0) throw new Error(`there is no benchmark ${unknown.join(', ')}`);

const { short } = values;
const rounds = Number(values.rounds ?? (short ? 1 : 7));
const seconds = Number(values.seconds ?? (short ? 1 : 5));
const profileFolder = values['cpu-prof'];
const nodeOptions =
  profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profileFolder)}`];
const runs = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const [loadBefore = 0] = loadavg();

const startUp = runs('start-up')
  ? await measureStartUp({ rounds: short ? 1 : 5, idleMs: short ? 500 : 10_000 })
  : undefined;
// From here on core 0 is left to what is measured.
moveToCore(1);
const http = runs('http')
  ? await measureHttp({ rounds, seconds, connections: 64, nodeOptions, log })
  : undefined;
const micro = runs('micro') ? await measureMicro({ rounds, roundMs: short ? 50 : 400 }) : undefined;
const flood = runs('flood')
  ? await measureFlood({
      rounds,
      seconds: Math.min(seconds, 2),
      requestsMin: short ? 50_000 : 1_000_000,
      nodeOptions,
      log,
    })
  : undefined;

const proxy = runs('proxy') ? await measureProxy({ rounds, seconds, nodeOptions, log }) : undefined;

if (
  startUp !== undefined ||
  http !== undefined ||
  micro !== undefined ||
  flood !== undefined ||
  proxy !== undefined
) {
  const command = ['npm run bench', ...process.argv.slice(2)].join(' ').replace('bench ', 'bench -- ');
  const text = report({ startUp, http, micro, flood, proxy }, { command, date: new Date(), loadBefore });
  process.stdout.write(text);
  // Only a whole run replaces what is written down.
  if (positionals.length === 0 && !short) await writeFile(new URL('../README.md', import.meta.url), text);
}
if (positionals.includes('media')) await import('./media/main.ts');
if (positionals.includes('tokenizer')) await import('./tokenizer.ts');
if (positionals.includes('shipping')) await import('./audit/shipping-rate.ts');
if (positionals.includes('audit-search')) await import('./audit/search-rate.ts');
if (positionals.includes('audit-verify')) await import('./audit/verify-rate.ts');
