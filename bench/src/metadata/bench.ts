import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@keyward/test/services';
import type { Bench } from '../bench.ts';
import { moveToCore } from '../cores.ts';
import { type ServerProcess, startServer } from '../http/server-process.ts';
import { median, medianOfPairs } from '../medians.ts';
import { atLeast, atMost, short } from '../report/goal.ts';
import { markdownTable } from '../report/markdown-table.ts';
import { type Client, sendBatch } from './collection-steps.ts';
import { driveTokenUris, type TokenUriFigures } from './drive-token-uris.ts';
import { measureCollection } from './measure-collection.ts';
import { prepareOwner } from './prepare-owner.ts';

/** P12: batches of documents, a collection of 10,000 tokens from its documents to its token URIs, and those beside a bare answer. */
export const bench: Bench = async ({ rounds, seconds, isShort, nodeOptions, log }) => {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(), (server) => server.stop());
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'keyward-bench-')), (path) =>
    rm(path, { recursive: true }),
  );
  const { secret, key } = await prepareOwner(postgres.url);
  // Core 0 is left to what is measured.
  moveToCore(1);
  const open = async (module: string): Promise<ServerProcess> => {
    const settings = { databaseUrl: postgres.url, redisUrl: '', secret, folder, limits: 'memory' as const };
    const started = await startServer({ module, settings, nodeOptions: ['--expose-gc', ...nodeOptions] });
    return stack.adopt(started, (server) => server.stop());
  };
  const server = await open('../metadata/serve-metadata');
  const bare = await open('../metadata/serve-text');
  const client: Client = { url: server.url, key };

  const batches = await batchTimes(client, server, rounds, log);
  const tokens = isShort ? 2_000 : 10_000;
  const collection = await measureCollection(client, server, tokens);
  const paths = Array.from({ length: 100 }, (_, id) => `/t/${collection.id}/${id}`);
  const uris = await tokenUris({ bare, server, paths, rounds, seconds, log });
  const perSecond = (one: TokenUriFigures): number => one.requestsPerSecond;
  const micros = (one: TokenUriFigures): number => one.threadMicros;
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return {
    title: 'Metadata: batches, a collection, token URIs',
    goals: [
      atMost('P12', 'a batch of 1000 documents with CIDs', median(batches.map(({ ms }) => ms)), 500, ' ms'),
      atMost('P12', `a collection of ${tokens} whole`, collection.wholeMs / 1_000, 60, ' s'),
      atLeast(
        'P12',
        "token URI: req/s of a bare Hono answer's",
        medianOfPairs(uris.ours, uris.bare, (a, b) => perSecond(a) / perSecond(b)),
        0.7,
      ),
    ],
    paragraphs: [
      `PostgreSQL ${postgres.version}, on the core of the load. Of a batch of 1000 the serving thread works ${short(median(batches.map(({ cpuMs }) => cpuMs)))} ms, medians of ${rounds}. The collection: documents ${short(collection.documentsMs / 1e3)} s, directory CID ${short(collection.directoryMs / 1e3)} s, a CAR of ${collection.car.blocks} blocks and ${collection.car.bytes} bytes ${short(collection.carMs / 1e3)} s, all its token URIs once ${short(collection.urisMs / 1e3)} s; resident ${mebibytes(collection.residentBefore)} MiB before, at most ${mebibytes(collection.residentMax)} MiB. Its root and that of the CAR are the reference importer's, or the run fails.`,
      markdownTable(
        ['token URIs, 64 connections', 'req/s', 'CPU µs/req, serving thread'],
        [
          [
            'bare Hono, one text',
            short(median(uris.bare.map(perSecond))),
            short(median(uris.bare.map(micros))),
          ],
          ['ours', short(median(uris.ours.map(perSecond))), short(median(uris.ours.map(micros)))],
        ],
      ),
    ],
  };
};

interface BatchTime {
  readonly ms: number;
  readonly cpuMs: number;
}

async function batchTimes(
  client: Client,
  server: ServerProcess,
  rounds: number,
  log: (line: string) => void,
): Promise<BatchTime[]> {
  const times: BatchTime[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const before = await server.cpu();
    const ms = await sendBatch(client, `batch ${round}`, 0, 1_000);
    const cpuMs = ((await server.cpu()).thread - before.thread) / 1_000;
    log(`batch of 1000, round ${round}: ${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of CPU`);
    if (round > 0) times.push({ ms, cpuMs });
  }
  return times;
}

interface TokenUris {
  readonly bare: ServerProcess;
  readonly server: ServerProcess;
  readonly paths: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly log: (line: string) => void;
}

async function tokenUris({ bare, server, paths, rounds, seconds, log }: TokenUris) {
  const figures = { bare: [] as TokenUriFigures[], ours: [] as TokenUriFigures[] };
  for (let round = 0; round <= rounds; round += 1) {
    const floor = await driveTokenUris(bare, paths, seconds);
    const ours = await driveTokenUris(server, paths, seconds);
    log(
      `token URIs, round ${round}: ${short(floor.requestsPerSecond)}/s bare, ${short(ours.requestsPerSecond)}/s`,
    );
    if (round === 0) continue;
    figures.bare.push(floor);
    figures.ours.push(ours);
  }
  return figures;
}
