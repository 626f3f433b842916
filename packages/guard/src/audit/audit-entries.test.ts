import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import type { AuditEntry } from './entry.ts';
import { insertEntry } from './insert-entry.ts';
import { openJournal } from './journal/open-journal.ts';
import { shipOnce } from './shipping/ship-once.ts';
import { type LoggedRow, loggedRows } from './testing/logged-rows.ts';
import { sampleEntry } from './testing/sample-entry.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

// One suite for both ways into the log: what goes in comes out the same, whichever way it takes.

let inserted: TestDatabase;
let shipped: TestDatabase;

beforeAll(async () => {
  [inserted, shipped] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});

afterAll(async () => {
  await Promise.all([inserted[Symbol.asyncDispose](), shipped[Symbol.asyncDispose]()]);
});

async function insertAll(entries: readonly AuditEntry[]): Promise<LoggedRow[]> {
  for (const entry of entries) await insertEntry(inserted.orm, entry);
  return rowsOf(inserted, entries);
}

async function shipAll(entries: readonly AuditEntry[]): Promise<LoggedRow[]> {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path });
  await Promise.all(entries.map((entry) => journal.append(entry)));
  await journal.close();
  const result = await shipOnce({ databaseUrl: shipped.url, folder: folder.path });
  expect(result).toEqual({ entries: entries.length, findings: [] });
  return rowsOf(shipped, entries);
}

async function rowsOf(database: TestDatabase, entries: readonly AuditEntry[]): Promise<LoggedRow[]> {
  const ids = new Set(entries.map((entry) => entry.id));
  return (await loggedRows(database.orm)).filter((row) => ids.has(row.id));
}

const ways = [
  ['awaited insert', insertAll],
  ['journal and shipper', shipAll],
] as const;

for (const [name, write] of ways) {
  test(`A1: ${name}: every field of an entry is in its row`, async () => {
    const entry = sampleEntry({
      clientRequestId: 'their-id',
      errorCode: 'missing_scope',
      objectIds: ['a', 'b"\\,{}', ''],
      before: { role: 'user', nested: [1, null, 'x\ty'] },
      after: ['\\N', { quote: '"' }],
    });
    const { createdAt, ...rest } = entry;
    expect(await write([entry])).toEqual([{ ...rest, createdAt: new Date(createdAt) }]);
  });

  test(`A1: ${name}: an entry of any month has its partition`, async () => {
    const months = [
      '1999-12-31T23:59:59.999Z',
      '2026-02-28T23:59:59.999Z',
      '2026-03-01T00:00:00Z',
      '2031-07-01',
    ];
    const rows = await write(months.map((month) => sampleEntry({ createdAt: Date.parse(month) })));
    expect(rows.map((row) => row.createdAt)).toEqual(months.map((month) => new Date(month)));
  });

  test(`V3: ${name}: text that PostgreSQL cannot hold is replaced`, async () => {
    const strange = 'a\0b\ud800c';
    const json = { [strange]: [strange, '\\u0000', '\\\\ud800'] };
    const [row] = await write([sampleEntry({ path: strange, objectIds: [strange], before: json })]);
    const replaced = 'a\uFFFDb\uFFFDc';
    expect(row).toMatchObject({
      path: replaced,
      objectIds: [replaced],
      before: { [replaced]: [replaced, '\\u0000', '\\\\ud800'] },
    });
  });
}

test('V3: whatever an entry holds, both ways write the same row', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const entries = fc.array(
    fc.record({
      userId: fc.option(text),
      path: text,
      userAgent: fc.option(text),
      ip: fc.option(fc.oneof(fc.ipV4(), fc.ipV6())),
      status: fc.integer(),
      durationMs: fc.double(),
      objectIds: fc.option(fc.array(text)),
      createdAt: fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2026, 3) }),
      before: fc.option(fc.jsonValue()),
      after: fc.jsonValue(),
    }),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(entries, async (changes) => {
      const all = changes.map((change) => sampleEntry(change));
      expect(await shipAll(all)).toEqual(await insertAll(all));
    }),
    { numRuns: 15 },
  );
});
