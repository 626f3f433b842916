import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AuditEntry } from '../entry.ts';
import { openJournal } from '../index.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { flushSettledSums } from './flush-sums.ts';
import { shipBatch } from './ship-batch.ts';
import { keyless, noon, type SumsBed, sourceOf, sumsBed } from './testing/sums-bed.ts';

let bed: SumsBed;
let client: pg.Client;
beforeAll(async () => {
  bed = await sumsBed();
  client = bed.client;
});
afterAll(() => bed[Symbol.asyncDispose]());
beforeEach(() => bed.emptyLog());

async function write(folder: string, entries: readonly AuditEntry[]): Promise<void> {
  const journal = await openJournal({ folder });
  await Promise.all(entries.map((entry) => journal.append(entry)));
  await journal.close();
}

const rowsOf = (where?: string) => bed.rowsOf(where);
const ship = (folder: string) => bed.ship(folder);

test('A1: 60 requests without a valid key of an address group are rows, the others of that minute one per code', async () => {
  using folder = temporaryFolder();
  const sent = Array.from({ length: 200 }, (_, i) =>
    keyless({
      createdAt: noon + i,
      path: `/${i}`,
      ip: i % 2 === 0 ? '2001:db8:0:1::7' : `2001:db8:0:1::${i.toString(16)}`,
      ...(i % 4 === 0 && { status: 404, errorCode: 'route_not_found', method: 'GET' }),
    }),
  );
  await write(folder.path, sent);
  expect(await ship(folder.path)).toEqual({ entries: 200, findings: [] });
  const rows = await rowsOf();
  expect(rows).toHaveLength(62);
  expect(rows.slice(0, 60).map((row) => row.path)).toEqual(Array.from({ length: 60 }, (_, i) => `/${i}`));
  expect(rows.slice(60)).toMatchObject([
    {
      repeats: 35,
      error_code: 'route_not_found',
      status: 404,
      method: 'GET',
      path: '/60',
      request_id: sent[60]?.requestId,
      after: { last_path: '/196', last_method: 'GET', last_request_id: sent[196]?.requestId },
    },
    {
      repeats: 105,
      error_code: 'invalid_key',
      status: 401,
      method: 'POST',
      path: '/61',
      ip: '2001:db8:0:1::/64',
      user_id: null,
      api_key: null,
      after: { last_path: '/199', last_at: '2026-07-15T12:00:00.199Z' },
    },
  ]);
});

test('A1: nothing else is summed: not what has a key or a person, no change, no other minute, no other group', async () => {
  using folder = temporaryFolder();
  const times = <T>(count: number, entry: (i: number) => T) =>
    Array.from({ length: count }, (_, i) => entry(i));
  const all = [
    ...times(100, () => keyless({ apiKey: 'key_1', status: 429, errorCode: 'rate_limited' })),
    // Keys that could not be verified: nobody knows whether they are valid.
    ...times(100, () => keyless({ status: 503, errorCode: 'key_store_unavailable' })),
    ...times(100, () => keyless({ userId: 'usr_1', ip: '203.0.113.1' })),
    ...times(100, () => keyless({ method: '-', path: 'cli', action: 'keys.create', ip: '203.0.113.2' })),
    ...times(100, () => keyless({ ip: '203.0.113.3', after: { a: 1 } })),
    ...times(100, () => keyless({ ip: null })),
    ...times(120, (i) => keyless({ ip: '203.0.113.4', createdAt: noon + (i % 2) * 60_000 })),
    ...times(120, (i) => keyless({ ip: `203.0.113.${10 + (i % 2)}` })),
    ...times(120, (i) => keyless({ ip: `2001:db8:0:${i % 2}::1` })),
  ];
  await write(folder.path, all);
  await ship(folder.path);
  expect(await rowsOf('repeats = 1')).toHaveLength(all.length);
  expect(await rowsOf('repeats <> 1')).toEqual([]);
});

test('A1: what never became a request is summed like a request without a key', async () => {
  using folder = temporaryFolder();
  const entry = () => keyless({ method: '-', path: '-', status: 400, errorCode: 'malformed_request' });
  await write(folder.path, Array.from({ length: 100 }, entry));
  await ship(folder.path);
  expect(await rowsOf('repeats > 1')).toMatchObject([{ method: '-', path: '-', status: 400, repeats: 40 }]);
});

test('A1: IPv4-mapped addresses are the IPv4 address, and texts that hold anything pass through a sum', async () => {
  using folder = temporaryFolder();
  const path = '/\0"\\\t\n\u{1F600}\uD800';
  const entry = (i: number) =>
    keyless({ ip: i % 2 === 0 ? '::ffff:198.51.100.9' : '198.51.100.9', path, userAgent: path });
  await write(
    folder.path,
    Array.from({ length: 70 }, (_, i) => entry(i)),
  );
  expect((await ship(folder.path)).findings).toEqual([]);
  expect(await rowsOf('repeats > 1')).toMatchObject([
    { ip: '198.51.100.9/32', repeats: 10, path: '/\uFFFD"\\\t\n\u{1F600}\uFFFD' },
  ]);
});

test('A1: sums become rows when their minute is over; what comes late is a row more, and none is a row twice', async () => {
  using folder = temporaryFolder();
  const source = sourceOf(folder.path, (await nodeIdAfter(folder.path, [])).nodeId, client);
  await write(
    folder.path,
    Array.from({ length: 100 }, () => keyless()),
  );
  while (!(await shipBatch(source)).isCaughtUp);
  expect(await flushSettledSums(client, new Set(), noon + 65_000)).toBe(0);
  const flushed = await Promise.all([
    flushSettledSums(client, new Set(), noon + 71_000),
    ship(folder.path),
    ship(folder.path),
  ]);
  expect(flushed[0]).toBeLessThanOrEqual(1);
  expect((await rowsOf('repeats > 1')).map((row) => row.repeats)).toEqual([40]);
  await write(folder.path, [keyless({ path: '/late' })]);
  while (!(await shipBatch(source)).isCaughtUp);
  expect(await flushSettledSums(client, new Set(), noon + 3_600_000)).toBe(1);
  expect((await rowsOf(`path = '/late'`)).map((row) => row.repeats)).toEqual([1]);
  expect(await rowsOf()).toHaveLength(62);
});

test('A2: a position that was lost, or a folder that was restored, adds to no sum', async () => {
  using folder = temporaryFolder();
  await write(folder.path, [...Array.from({ length: 150 }, () => keyless()), sampleEntry()]);
  await ship(folder.path);
  const total = async () => (await rowsOf()).reduce((sum, row) => sum + row.repeats, 0);
  expect(await total()).toBe(151);
  await client.query('DELETE FROM journal_positions');
  expect((await ship(folder.path)).findings).toEqual([]);
  await client.query('UPDATE journal_positions SET segment = segment + 1000000000');
  expect((await ship(folder.path)).findings).toMatchObject([{ kind: 'replaced' }]);
  expect(await total()).toBe(151);
  await write(folder.path, [keyless()]);
  await ship(folder.path);
  expect(await total()).toBe(152);
});

test('A1: no more is held in memory of a million address groups than a batch holds', async () => {
  using folder = temporaryFolder();
  const entries = Array.from({ length: 3_000 }, (_, i) =>
    keyless({ ip: `2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::1` }),
  );
  const journal = await openJournal({ folder: folder.path });
  for (let from = 0; from < entries.length; from += 30)
    await Promise.all(entries.slice(from, from + 30).map((entry) => journal.append(entry)));
  await journal.close();
  const source = sourceOf(folder.path, journal.nodeId, client, 30);
  for (;;) {
    const batch = await shipBatch(source);
    expect(batch.entries).toBeLessThanOrEqual(30);
    if (batch.isCaughtUp) break;
  }
  // A hundred times what a batch may hold has passed, and nothing of it is left with the source.
  expect(Object.keys(source).sort()).toEqual(
    ['client', 'folder', 'limits', 'months', 'nodeId', 'position', 'shipped'].sort(),
  );
  expect(await rowsOf()).toHaveLength(3_000);
});
async function nodeIdAfter(folder: string, entries: readonly AuditEntry[]) {
  const journal = await openJournal({ folder });
  await Promise.all(entries.map((entry) => journal.append(entry)));
  await journal.close();
  return { nodeId: journal.nodeId };
}
