import fc from 'fast-check';
import type pg from 'pg';
import type { ClientBase } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressGroup } from '../../addresses/address-group.ts';
import type { AuditEntry } from '../entry.ts';
import { type Journal, openJournal } from '../index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { flushAllSums, flushSettledSums } from './flush-sums.ts';
import { type ShippingSource, shipBatch } from './ship-batch.ts';
import { keyless, noon, type SumsBed, sourceOf, sumsBed } from './testing/sums-bed.ts';

let bed: SumsBed;
let client: pg.Client;
beforeAll(async () => {
  bed = await sumsBed();
  client = bed.client;
});
afterAll(() => bed[Symbol.asyncDispose]());

interface Node {
  readonly folder: string;
  readonly journal: Journal;
  source: ShippingSource;
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
      await bed.emptyLog();
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
        await bed.ship(node.folder);
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
  const rows = await bed.rowsOf();
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
