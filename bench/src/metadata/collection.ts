import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPostgres } from '@keyward/test/services';
import { moveToCore } from '../cores.ts';
import { type ServerProcess, startServer } from '../http/server-process.ts';
import { median, medianOfPairs } from '../medians.ts';
import { atLeast, atMost, goalTable } from '../report/goal.ts';
import { type Client, readCar, readTokens, referenceRoot, send, sendBatch } from './collection-steps.ts';
import { driveTokenUris, type TokenUriFigures } from './drive-token-uris.ts';
import { prepareOwner } from './prepare-owner.ts';

// A collection of 10,000 tokens from its documents to its token URIs, over HTTP and on PostgreSQL (P12).
// node src/metadata/collection.ts [--short] [--rounds N] [--seconds N]

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const tokens = values.short ? 2_000 : 10_000;
const rounds = Number(values.rounds ?? (values.short ? 1 : 5));
const seconds = Number(values.seconds ?? (values.short ? 1 : 4));
const log = (line: string): void => void process.stderr.write(`${line}\n`);

await using stack = new AsyncDisposableStack();
const postgres = stack.adopt(await startPostgres(), (server) => server.stop());
const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'keyward-bench-')), (path) =>
  rm(path, { recursive: true }),
);
const { secret, key } = await prepareOwner(postgres.url);
moveToCore(1);
const open = async (module: string): Promise<ServerProcess> => {
  const settings = { databaseUrl: postgres.url, redisUrl: '', secret, folder, limits: 'memory' as const };
  return stack.adopt(await startServer({ module, settings, nodeOptions: ['--expose-gc'] }), (server) =>
    server.stop(),
  );
};
const server = await open('../metadata/serve-metadata');
const bare = await open('../metadata/serve-text');
const client: Client = { url: server.url, key };

const batches: number[] = [];
for (let round = 0; round <= rounds; round += 1) {
  const before = await server.cpu();
  const ms = await sendBatch(client, `warm-up ${round}`, 0, 1_000);
  const cpuMs = ((await server.cpu()).thread - before.thread) / 1_000;
  log(
    `batch of 1000, round ${round}: ${ms.toFixed(0)} ms, of which the serving thread worked ${cpuMs.toFixed(0)} ms`,
  );
  if (round > 0) batches.push(ms);
}

const memoryBefore = await server.memory('collected');
const resident = [memoryBefore.resident];
let isWatching = true;
// One question at a time: the server answers them in turn.
const watched = (async () => {
  while (isWatching) {
    resident.push((await server.memory()).resident);
    await setTimeout(200);
  }
})();
const start = performance.now();
for (let first = 0; first < tokens; first += 1_000) await sendBatch(client, 'embers', first, 1_000);
const kept = performance.now();
const directory = (await (await send(client, 'GET', '/api/collections/embers/directory')).json()) as {
  cid: string;
};
const named = performance.now();
const car = await readCar(client, 'embers');
const exported = performance.now();
const collection = (await (await send(client, 'POST', '/api/collections/embers/publish')).json()) as {
  id: string;
};
const read = await readTokens(client, collection.id, tokens);
const whole = performance.now() - start;
isWatching = false;
await watched;
log(
  `${tokens} tokens: documents ${(kept - start).toFixed(0)} ms, directory ${(named - kept).toFixed(0)} ms, ` +
    `CAR of ${car.blocks} blocks and ${car.bytes} bytes ${(exported - named).toFixed(0)} ms, ` +
    `token URIs ${read.ms.toFixed(0)} ms; resident ${(memoryBefore.resident / 2 ** 20).toFixed(0)} MiB before, ` +
    `at most ${(Math.max(...resident) / 2 ** 20).toFixed(0)} MiB`,
);
const reference = await referenceRoot(read.texts);
if (directory.cid !== reference || car.root !== reference) {
  throw new Error(`the importer gives ${reference}, we ${directory.cid}, the CAR ${car.root}`);
}

const paths = Array.from({ length: 100 }, (_, id) => `/t/${collection.id}/${id}`);
const ours: TokenUriFigures[] = [];
const theirs: TokenUriFigures[] = [];
for (let round = 0; round <= rounds; round += 1) {
  const pair = [
    await driveTokenUris(bare, paths, seconds),
    await driveTokenUris(server, paths, seconds),
  ] as const;
  const [floor, guarded] = pair;
  log(
    `token URIs, round ${round}: bare ${floor.requestsPerSecond.toFixed(0)} req/s ${floor.threadMicros.toFixed(1)} µs, ` +
      `ours ${guarded.requestsPerSecond.toFixed(0)} req/s ${guarded.threadMicros.toFixed(1)} µs`,
  );
  if (round === 0) continue;
  theirs.push(floor);
  ours.push(guarded);
}
const rate = (a: TokenUriFigures, b: TokenUriFigures): number => a.requestsPerSecond / b.requestsPerSecond;
const goals = [
  atMost('P12', 'a batch of 1000 with CIDs', median(batches), 500, ' ms'),
  atMost('P12', `a collection of ${tokens} whole`, whole / 1_000, 60, ' s'),
  atLeast('P12', "token URI: req/s of a bare Hono answer's", medianOfPairs(ours, theirs, rate), 0.7),
];
process.stdout.write(`${goalTable(goals)}\n`);
