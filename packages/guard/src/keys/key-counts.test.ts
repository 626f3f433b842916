import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Journal } from '../audit/journal/journal.ts';
import { openJournal } from '../audit/journal/open-journal.ts';
import { shipOnce } from '../audit/shipping/ship-once.ts';
import { startShipper } from '../audit/shipping/shipper.ts';
import { sampleEntry } from '../audit/testing/sample-entry.ts';
import { temporaryFolder } from '../audit/testing/temporary-folder.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { keyCounts } from './key-counts.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.pool.query("SELECT keyward_ensure_audit_partition('2026-07-01T00:00:00Z')");
});
afterEach(() => database[Symbol.asyncDispose]());

/** The nth request: of one of seven keys or of none, every fifth an error; the changes that keys made are none. */
function nth(n: number) {
  return sampleEntry({
    apiKey: n % 8 === 7 ? null : `key-${n % 8}`,
    status: n % 5 === 0 ? 429 : 200,
    method: n % 11 === 0 ? '-' : 'GET',
  });
}

async function write(folder: string, count: number, segmentBytesMax = 20_000): Promise<void> {
  const journal = await openJournal({ folder, segmentBytesMax });
  await append(journal, count);
  await journal.close();
}

async function append(journal: Journal, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => journal.append(nth(n))));
}

const ship = (folder: string) => shipOnce({ databaseUrl: database.url, folder });

/** What the log itself says, which the counts must say too. */
async function expectCountsAsLogged(requests: number): Promise<void> {
  const { rows } = await database.pool.query<{ key_id: string; requests: number; errors: number }>(
    `SELECT api_key AS key_id, count(*)::int AS requests, (count(*) FILTER (WHERE status >= 400))::int AS errors
     FROM audit_logs WHERE api_key IS NOT NULL AND method <> '-' GROUP BY 1`,
  );
  expect(rows.reduce((sum, row) => sum + row.requests, 0)).toBe(requests);
  const counts = await keyCounts(
    database,
    rows.map((row) => row.key_id),
  );
  expect(Object.fromEntries(counts)).toEqual(
    Object.fromEntries(rows.map(({ key_id, ...count }) => [key_id, count])),
  );
}

const counted = (count: number) =>
  Array.from({ length: count }, (_, n) => nth(n)).filter(
    ({ apiKey, method }) => apiKey !== null && method !== '-',
  ).length;

test('K11: connections that end in the middle of shipping count each of 2,000 requests once', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path, segmentBytesMax: 20_000 });
  const shipper = startShipper({
    databaseUrl: database.url,
    folder: folder.path,
    nodeId: journal.nodeId,
    pollIntervalMs: 1,
    retryDelayMsMax: 20,
  });
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 200 }, (_, n) => journal.append(nth(round * 200 + n))));
    await database.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keyward journal' AND datname = current_database()",
    );
  }
  await shipper.drain();
  await shipper.stop();
  await journal.close();
  await expectCountsAsLogged(counted(2_000));
});

// Known entries are shipped one by one.
test('K11: a batch that is shipped again, whole or in part, is counted once', {
  timeout: 900_000,
}, async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path });
  await append(journal, 300);
  await ship(folder.path);
  await database.pool.query('DELETE FROM journal_positions');
  await ship(folder.path);
  await expectCountsAsLogged(counted(300));
  await database.pool.query('DELETE FROM journal_positions');
  await append(journal, 40);
  await ship(folder.path);
  await expectCountsAsLogged(counted(300) + counted(40));
  await journal.close();
});

test('K11: of a batch with an entry that PostgreSQL refuses each is counted once', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path });
  await append(journal, 100);
  await ship(folder.path);
  await database.pool.query('DELETE FROM journal_positions');
  await journal.append(sampleEntry({ apiKey: 'key-1', ip: 'not an address', status: 500 }));
  await journal.append(sampleEntry({ apiKey: 'key-1' }));
  await journal.close();
  for (let round = 0; round < 2; round += 1) {
    await ship(folder.path);
    await expectCountsAsLogged(counted(100) + 2);
    await database.pool.query('DELETE FROM journal_positions');
  }
});

test('K11: nodes that ship at the same time count the same keys without losing one', async () => {
  using one = temporaryFolder();
  using two = temporaryFolder();
  await Promise.all([write(one.path, 1_000), write(two.path, 1_000)]);
  await Promise.all([one, two, one, two].map(({ path }) => ship(path)));
  await expectCountsAsLogged(2 * counted(1_000));
});

test('K11: a count that PostgreSQL refuses is reported and costs no entry', async () => {
  using folder = temporaryFolder();
  await database.pool.query('ALTER TABLE api_key_counts ADD CHECK (requests < 3)');
  await write(folder.path, 100, 1_000_000);
  const result = await ship(folder.path);
  expect(result).toMatchObject({
    entries: 100,
    findings: [{ kind: 'uncounted', requests: counted(100), reason: expect.stringMatching(/^23514: /) }],
  });
  const { rows } = await database.pool.query('SELECT count(*)::int AS entries FROM audit_logs');
  expect(rows).toEqual([{ entries: 100 }]);
});
