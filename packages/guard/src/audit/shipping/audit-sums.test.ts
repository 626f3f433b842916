import fc from 'fast-check';
import type { ClientBase } from 'pg';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addressGroup } from '../../addresses/address-group.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';
import type { AuditEntry } from '../entry.ts';
import { type Journal, openJournal } from '../index.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { flushAllSums, flushSettledSums } from './flush-sums.ts';
import { type ShippingSource, shipBatch } from './ship-batch.ts';
import { shipOnce } from './ship-once.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});
beforeEach(emptyLog);

async function emptyLog(): Promise<void> {
  await client.query(`SET session_replication_role = replica; DELETE FROM audit_logs; DELETE FROM audit_sums;
    DELETE FROM audit_keyless_minutes; SET session_replication_role = DEFAULT`);
}

const noon = Date.UTC(2026, 6, 15, 12);

function keyless(changes: Partial<AuditEntry> = {}): AuditEntry {
  return sampleEntry({
    createdAt: noon,
    userId: null,
    apiKey: null,
    status: 401,
    errorCode: 'invalid_key',
    action: 'request',
    objectType: null,
    objectIds: null,
    objectCount: 0,
    environment: null,
    ...changes,
  });
}

async function write(folder: string, entries: readonly AuditEntry[]): Promise<void> {
  const journal = await openJournal({ folder });
  await Promise.all(entries.map((entry) => journal.append(entry)));
  await journal.close();
}

async function rowsOf(where = 'true') {
  const { rows } = await client.query(
    `SELECT *, ip::text AS ip FROM audit_logs WHERE ${where} ORDER BY repeats, created_at, id`,
  );
  return rows;
}

const ship = (folder: string) => shipOnce({ databaseUrl: database.url, folder });

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

interface Node {
  readonly folder: string;
  readonly journal: Journal;
  source: ShippingSource;
}

function sourceOf(folder: string, nodeId: string, by: ClientBase, entriesMax = 5_000): ShippingSource {
  const limits = { entriesMax, bytesMax: 4 * 1024 * 1024 };
  return { folder, nodeId, limits, client: by, months: new Set(), position: undefined };
}

async function nodeIdAfter(folder: string, entries: readonly AuditEntry[]) {
  const journal = await openJournal({ folder });
  await Promise.all(entries.map((entry) => journal.append(entry)));
  await journal.close();
  return { nodeId: journal.nodeId };
}

/** A connection that fails at the query of this number, before or after PostgreSQL has done it. */
function failingClient(at: number, isDone: boolean): ClientBase {
  let queries = 0;
  const query = async (...sent: unknown[]) => {
    queries += 1;
    if (queries === at && !isDone) throw new Error('cut off');
    const result = await (client.query as (...sent: unknown[]) => unknown)(...sent);
    if (queries === at) throw new Error('cut off');
    return result;
  };
  const wrapped = (...sent: unknown[]) =>
    typeof (sent[0] as { submit?: unknown }).submit === 'function'
      ? (client.query as (...sent: unknown[]) => unknown)(...sent)
      : query(...sent);
  return Object.assign(Object.create(client), { query: wrapped });
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      node: fc.nat(1),
      count: fc.integer({ min: 1, max: 70 }),
      group: fc.nat(2),
      minute: fc.nat(1),
      kind: fc.constantFrom('keyed', 'invalid', 'missing', 'public', 'unparsed'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ship' as const),
      node: fc.nat(1),
      entriesMax: fc.integer({ min: 1, max: 90 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('die' as const),
      node: fc.nat(1),
      at: fc.integer({ min: 1, max: 12 }),
      isDone: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), node: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), node: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush' as const, 'settle' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const kinds: Record<string, Partial<AuditEntry>> = {
  keyed: { apiKey: 'key_1', userId: 'usr_1', status: 429, errorCode: 'rate_limited' },
  invalid: { status: 401, errorCode: 'invalid_key' },
  missing: { status: 401, errorCode: 'missing_credentials' },
  public: { status: 200, errorCode: null },
  unparsed: { method: '-', path: '-', status: 400, errorCode: 'malformed_request' },
};

test('A1, A2: however batches are cut and whoever dies, every answered request is counted once, and 60 are rows', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      await emptyLog();
      using first = temporaryFolder();
      using second = temporaryFolder();
      const nodes: Node[] = [];
      for (const { path } of [first, second]) {
        const journal = await openJournal({ folder: path, segmentBytesMax: 20_000 });
        nodes.push({ folder: path, journal, source: sourceOf(path, journal.nodeId, client) });
      }
      const answered: AuditEntry[] = [];
      for (const now of steps) await take(now, nodes, answered);
      for (const node of nodes) {
        await node.journal.close();
        await ship(node.folder);
      }
      await compare(answered);
    }),
    { numRuns: 15 },
  );
});

async function take(now: Step, nodes: readonly Node[], answered: AuditEntry[]) {
  if (now.do === 'flush') await flushAllSums(client, new Set());
  if (now.do === 'settle') await flushSettledSums(client, new Set(), noon + 75_000);
  if (!('node' in now)) return;
  const node = nodes[now.node] as Node;
  const { folder, journal, source } = node;
  if (now.do === 'answer') {
    const entries = Array.from({ length: now.count }, (_, i) =>
      keyless({
        ...kinds[now.kind],
        createdAt: noon + now.minute * 60_000 + (answered.length + i),
        ip: now.group === 2 ? `2001:db8::${(i + 1).toString(16)}` : `198.51.100.${now.group}`,
      }),
    );
    answered.push(...entries);
    // Some share a record, some do not.
    for (let at = 0; at < entries.length; at += 7) {
      await Promise.all(entries.slice(at, at + 7).map((entry) => journal.append(entry)));
    }
  } else if (now.do === 'ship') {
    const limits = { ...source.limits, entriesMax: now.entriesMax };
    node.source = { ...source, limits };
    await shipBatch(node.source);
  } else if (now.do === 'die') {
    await shipBatch({ ...source, client: failingClient(now.at, now.isDone) }).catch(() => {});
    await client.query('ROLLBACK');
    node.source = sourceOf(folder, journal.nodeId, client);
  } else if (now.do === 'restart') {
    node.source = sourceOf(folder, journal.nodeId, client, 17);
  } else {
    await client.query('DELETE FROM journal_positions WHERE node_id = $1', [journal.nodeId]);
    node.source = sourceOf(folder, journal.nodeId, client, 40);
  }
}

/** The plain way: every answered request, one by one. */
async function compare(answered: readonly AuditEntry[]): Promise<void> {
  const rows = await rowsOf();
  const known = new Map(answered.map((entry) => [entry.id, entry]));
  const single = rows.filter((row) => known.has(row.id));
  expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
  expect(rows.reduce((sum, row) => sum + row.repeats, 0)).toBe(answered.length);
  const isKeyed = (entry: AuditEntry) => entry.apiKey !== null;
  expect(single.filter((row) => row.api_key !== null)).toHaveLength(answered.filter(isKeyed).length);
  const perMinute = Map.groupBy(
    answered.filter((entry) => !isKeyed(entry)),
    (entry) => `${Math.floor(entry.createdAt / 60_000)} ${addressGroup(entry.ip ?? '')}`,
  );
  for (const entries of perMinute.values()) {
    const ids = new Set(entries.map((entry) => entry.id));
    expect(single.filter((row) => ids.has(row.id))).toHaveLength(Math.min(entries.length, 60));
  }
  expect(tally(rows.map((row) => [row.error_code, row.status, row.repeats]))).toEqual(
    tally(answered.map((entry) => [entry.errorCode, entry.status, 1])),
  );
}

function tally(counted: readonly (readonly [string | null, number, number])[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [code, status, count] of counted) {
    totals[`${code} ${status}`] = (totals[`${code} ${status}`] ?? 0) + count;
  }
  return totals;
}
