import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';
import type { Journal } from '../journal/journal.ts';
import { openJournal } from '../journal/open-journal.ts';
import { listSegments } from '../journal/segment-file.ts';
import { cuttableProxy } from '../testing/cuttable-proxy.ts';
import { loggedIds } from '../testing/logged-rows.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { shipOnce } from './ship-once.ts';
import { type ShipperOptions, startShipper } from './shipper.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

async function appendSome(journal: Journal, count: number): Promise<string[]> {
  const entries = Array.from({ length: count }, () => sampleEntry());
  await Promise.all(entries.map((entry) => journal.append(entry)));
  return entries.map((entry) => entry.id);
}

async function logged(ids: readonly string[]): Promise<string[]> {
  const wanted = new Set(ids);
  return (await loggedIds(database.orm)).filter((id) => wanted.has(id));
}

function shipperOf(folder: string, journal: Journal, changes: Partial<ShipperOptions> = {}) {
  const options = {
    databaseUrl: database.url,
    folder,
    nodeId: journal.nodeId,
    pollIntervalMs: 5,
    retryDelayMsMax: 20,
  };
  return startShipper({ ...options, ...changes });
}

test('A2: after drain everything that was appended before is in the database', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path, segmentBytesMax: 20_000 });
  const shipper = shipperOf(folder.path, journal);
  const ids: string[] = [];
  for (let round = 0; round < 10; round++) {
    ids.push(...(await appendSome(journal, 30)));
    await shipper.drain();
    expect(await logged(ids)).toEqual([...ids].sort());
  }
  expect(shipper.figures).toMatchObject({
    entries: 300,
    position: journal.position,
    behindSince: undefined,
    failures: 0,
    findings: 0,
  });
  expect(listSegments(folder.path)).toEqual([journal.position.segment]);
  await shipper.stop();
  await journal.close();
});

test('A2: while the database is away the journal grows, and all is shipped when it is back', async () => {
  using folder = temporaryFolder();
  await using proxy = await cuttableProxy(database.url);
  const journal = await openJournal({ folder: folder.path, segmentBytesMax: 20_000 });
  const failed = Promise.withResolvers<void>();
  proxy.cut();
  const shipper = shipperOf(folder.path, journal, {
    databaseUrl: proxy.url,
    onError: () => failed.resolve(),
  });
  const ids = await appendSome(journal, 100);
  await failed.promise;
  expect(shipper.figures.failures).toBeGreaterThan(0);
  expect(await logged(ids)).toEqual([]);
  await expect(shipper.drain(AbortSignal.timeout(20))).rejects.toThrow('timeout');
  proxy.restore();
  await shipper.drain();
  for (let round = 0; round < 10; round++) {
    ids.push(...(await appendSome(journal, 100)));
    proxy.cut();
    ids.push(...(await appendSome(journal, 100)));
    proxy.restore();
  }
  await shipper.drain();
  expect(await logged(ids)).toEqual([...ids].sort());
  await shipper.stop();
  await journal.close();
});

test('A2: connections that PostgreSQL ends in the middle of shipping cost nothing', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path, segmentBytesMax: 200_000 });
  const shipper = shipperOf(folder.path, journal, { pollIntervalMs: 1 });
  const ids: string[] = [];
  for (let round = 0; round < 10; round++) {
    ids.push(...(await appendSome(journal, 500)));
    await database.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keyward journal' AND datname = current_database()",
    );
  }
  await shipper.drain();
  expect(await logged(ids)).toEqual([...ids].sort());
  await shipper.stop();
  await journal.close();
});

test('A2: another process may ship the journal of a running node', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path, segmentBytesMax: 20_000 });
  const shipper = shipperOf(folder.path, journal, { pollIntervalMs: 1 });
  const ids: string[] = [];
  for (let round = 0; round < 10; round++) {
    ids.push(...(await appendSome(journal, 50)));
    await shipOnce({ databaseUrl: database.url, folder: folder.path });
    expect(await logged(ids)).toEqual([...ids].sort());
  }
  await shipper.drain();
  expect(await logged(ids)).toEqual([...ids].sort());
  expect(shipper.figures.findings).toBe(0);
  await shipper.stop();
  await journal.close();
});

test('A2: stopping ends a drain that cannot be satisfied', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path });
  const shipper = shipperOf(folder.path, journal, { databaseUrl: 'postgres://127.0.0.1:1/none' });
  await appendSome(journal, 1);
  const drained = expect(shipper.drain()).rejects.toThrow('stopped');
  await shipper.stop();
  await drained;
  await journal.close();
});
