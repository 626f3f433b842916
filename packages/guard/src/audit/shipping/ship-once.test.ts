import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';
import type { AuditEntry } from '../entry.ts';
import { openJournal } from '../index.ts';
import { listSegments, segmentPath } from '../journal/segment-file.ts';
import { loggedIds, loggedRows } from '../testing/logged-rows.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { shipOnce } from './ship-once.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

async function write(
  folder: string,
  entries: readonly AuditEntry[],
  segmentBytesMax = 1_000_000,
): Promise<string[]> {
  const journal = await openJournal({ folder, segmentBytesMax });
  for (const entry of entries) await journal.append(entry);
  await journal.close();
  return entries.map((entry) => entry.id).sort();
}

function samples(count: number): AuditEntry[] {
  return Array.from({ length: count }, () => sampleEntry());
}

async function logged(ids: readonly string[]): Promise<string[]> {
  return (await loggedIds(database.orm)).filter((id) => ids.includes(id));
}

function ship(folder: string) {
  return shipOnce({ databaseUrl: database.url, folder });
}

test('A2: shipping again ships nothing again, and segments that are wholly shipped are removed', async () => {
  using folder = temporaryFolder();
  const ids = await write(folder.path, samples(30), 2_000);
  expect(listSegments(folder.path).length).toBeGreaterThan(3);
  expect((await ship(folder.path)).entries).toBe(30);
  expect(await ship(folder.path)).toEqual({ entries: 0, findings: [] });
  expect(await logged(ids)).toEqual(ids);
  expect(listSegments(folder.path)).toHaveLength(1);
});

test('A2: several that ship one journal at the same time write each entry once', async () => {
  using folder = temporaryFolder();
  const ids = await write(folder.path, samples(2_000), 20_000);
  const results = await Promise.all(Array.from({ length: 4 }, () => ship(folder.path)));
  expect(results.reduce((sum, result) => sum + result.entries, 0)).toBe(2_000);
  expect(await logged(ids)).toEqual(ids);
});

test('A2: a database that has lost its position, or has some of the entries, ends with each entry once', async () => {
  using folder = temporaryFolder();
  const ids = await write(folder.path, samples(50));
  await ship(folder.path);
  await database.pool.query('DELETE FROM journal_positions');
  const more = await write(folder.path, samples(5));
  expect((await ship(folder.path)).findings).toEqual([]);
  expect(await logged([...ids, ...more])).toEqual([...ids, ...more].sort());
});

test('A2: a journal whose folder was restored is read from its beginning', async () => {
  using folder = temporaryFolder();
  const ids = await write(folder.path, samples(5));
  await ship(folder.path);
  await database.pool.query('UPDATE journal_positions SET segment = segment + 1000000000');
  const result = await ship(folder.path);
  expect(result.findings).toMatchObject([{ kind: 'replaced' }]);
  expect(await logged(ids)).toEqual(ids);
});

test('A2: entries that PostgreSQL refuses are in the log with the reason and their text, and hold up none', async () => {
  using folder = temporaryFolder();
  const good = samples(20);
  const bad = [
    sampleEntry({ ip: 'not an address', path: '/bad\\ip' }),
    sampleEntry({ requestId: Array.from({ length: 9_000 }, () => Math.random().toString(36)).join('') }),
  ];
  const ids = await write(folder.path, [...good.slice(0, 7), ...bad, ...good.slice(7)]);
  const result = await ship(folder.path);
  expect(result.entries).toBe(22);
  expect(result.findings.map((finding) => finding.kind)).toEqual(['refused', 'refused']);
  expect(await logged(ids)).toEqual(ids);
  const rows = await loggedRows(database.orm);
  expect(rows.find((row) => row.id === bad[0]?.id)).toMatchObject({
    path: '/bad\\ip',
    ip: null,
    status: 201,
    action: 'metadata.create',
    after: {
      journal_refusal: expect.stringMatching(/^22P02: /),
      journal_line: expect.stringContaining('not an address'),
    },
  });
});

test('A2: damage in a journal is reported once and kept aside; what is around it is shipped', async () => {
  using folder = temporaryFolder();
  const entries = samples(3);
  await write(folder.path, entries);
  const path = segmentPath(folder.path, listSegments(folder.path)[0] ?? 0);
  const bytes = readFileSync(path);
  const at = bytes.indexOf(entries[1]?.id ?? '');
  bytes.write('XX', at);
  writeFileSync(path, bytes);
  const result = await ship(folder.path);
  expect(result.findings).toMatchObject([{ kind: 'corrupt' }]);
  expect(await logged(entries.map((entry) => entry.id))).toHaveLength(2);
  const [kept = ''] = readdirSync(join(folder.path, 'damaged'));
  expect(readFileSync(join(folder.path, 'damaged', kept), 'latin1')).toContain('XX');
  expect(await ship(folder.path)).toEqual({ entries: 0, findings: [] });
});

test('A2: a partition that was taken away is made again', async () => {
  using folder = temporaryFolder();
  const createdAt = Date.UTC(2027, 4, 5);
  await write(folder.path, [sampleEntry({ createdAt })]);
  await ship(folder.path);
  await database.pool.query('ALTER TABLE audit_logs DETACH PARTITION audit_logs_2027_05');
  await database.pool.query('ALTER TABLE audit_logs_2027_05 RENAME TO archived');
  const ids = await write(folder.path, [sampleEntry({ createdAt })]);
  await ship(folder.path);
  expect(await logged(ids)).toEqual(ids);
});

test('A2: a folder without a journal ships nothing', async () => {
  using folder = temporaryFolder();
  expect(await ship(folder.path)).toEqual({ entries: 0, findings: [] });
});
