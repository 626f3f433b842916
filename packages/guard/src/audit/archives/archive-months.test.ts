import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditLogs } from '../../database/schema.ts';
import { siblingModule } from '../../sibling-module.ts';
import { type ApplicationRole, createApplicationRole } from '../../testing/application-role.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { auditColumns } from '../audit-row.ts';
import { insertEntry } from '../insert-entry.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { leafHash } from '../tree/leaf.ts';
import type { ArchiveStep } from './archive-deps.ts';
import { archiveLeaves } from './archive-leaves.ts';
import { archiveMonths } from './archive-months.ts';
import { archivesOf } from './archive-records.ts';
import { giveUpNode, noteNodeAtRest, noteNodeAtWork } from './node-rest.ts';
import { readArchive } from './read-archive.ts';
import { eachArchivedRow } from './search-archives.ts';
import { archiveDeps, logEntries, newKeyringText, sequenceAll } from './testing/archive-bed.ts';

let owner: TestDatabase;
let role: ApplicationRole;
let folder: ReturnType<typeof temporaryFolder>;
const keyringText = newKeyringText();

beforeAll(async () => {
  owner = await createTestDatabase();
  role = await createApplicationRole(owner);
});
afterAll(async () => {
  await role[Symbol.asyncDispose]();
  await owner[Symbol.asyncDispose]();
});
beforeEach(() => {
  folder = temporaryFolder();
  return () => folder[Symbol.dispose]();
});

/** Everything runs as the application: what it may not, the owner's function does. */
const deps = (changes = {}) => archiveDeps(role.database, folder.path, keyringText, changes);
let nextYear = 1990;
/** A month that no other test uses. */
const freshMonth = () => `${nextYear++}-03`;
const inMonth = (month: string, day = 1) => Date.parse(`${month}-01T00:00:00Z`) + day * 86_400_000;

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const partitionOf = async (month: string) =>
  (await owner.pool.query('SELECT to_regclass($1) AS name', [`audit_logs_${month.replace('-', '_')}`]))
    .rows[0].name;

const hostile = {
  path: '/a\tb\\c\nd\re\b\f\v\u2028\u{1F600}',
  userAgent: 'agent\t\\N "x" \u2029',
  objectIds: ['a,b', '{"x"}', '\\', '', 'NULL', 'tab\there'],
  before: { text: '\\\n\t"\u{1F600}', list: [null, 1.5, {}] },
  after: ['\\N'],
};

test('A5: a month goes into an archive with all its rows, and out of the database', async () => {
  const month = freshMonth();
  await logEntries(owner, [
    { createdAt: inMonth(month, 1), ...hostile },
    { createdAt: inMonth(month, 2), userId: null, ip: '2001:db8::1' },
    { createdAt: inMonth(month, 31) - 1, ip: null, userAgent: null, objectIds: null },
    { createdAt: inMonth(month, 3), objectType: 'user', objectIds: ['p1', 'p2'], before: { email: 'x' } },
  ]);
  const before = await owner.orm
    .select(auditColumns)
    .from(auditLogs)
    .orderBy(auditLogs.createdAt, auditLogs.id);
  const leaves = new Map(
    (await owner.pool.query('SELECT seq, leaf_hash FROM audit_leaves')).rows.map((row) => [
      Number(row.seq),
      row.leaf_hash,
    ]),
  );
  const expected = before.filter(({ createdAt }) => createdAt.toISOString().startsWith(month)).reverse();

  const report = await archiveMonths(deps(), { month });
  expect(report).toMatchObject({ archived: [{ month, rows: 4 }], blocked: [] });
  expect(await partitionOf(month)).toBeNull();

  const entries = await collect(readArchive(deps(), month));
  expect(entries.map(({ row }) => row)).toEqual(expected);
  for (const { seq, open, commitment } of entries)
    expect(leafHash(open, commitment).equals(leaves.get(seq))).toBe(true);
  for await (const { seq, leaf, isErased } of (await archiveLeaves(deps())).leaves())
    expect([leaves.get(seq).equals(leaf), isErased]).toEqual([true, false]);
  expect(
    await collect(
      eachArchivedRow(deps(), { since: new Date(inMonth(month)), until: new Date(inMonth(month, 31)) }),
    ),
  ).toEqual(expected);
  const text = JSON.stringify(await owner.pool.query('SELECT * FROM audit_salts').then(({ rows }) => rows));
  for (const { personal } of entries) expect(text).not.toContain(personal?.salt.toString('hex'));
});

test('A5: a month is left where it is until 90 days after its end, whatever is asked for', async () => {
  await logEntries(owner, [{ createdAt: Date.UTC(2026, 3, 15) }]);
  expect(await archiveMonths(deps(), { month: '2026-04' })).toEqual({ archived: [], blocked: [] });
  await expect(archiveMonths(deps({ onlineDays: 89 }))).rejects.toThrow('at least 90 days');
  const month = new Date(Date.now() - 60 * 86_400_000).toISOString().slice(0, 7);
  await insertEntry(owner.orm, sampleEntry({ createdAt: inMonth(month) }));
  await expect(
    role.database.pool.query('SELECT keyward_drop_archived_month($1)', [`${month}-01`]),
  ).rejects.toThrow('ended less than 90 days ago');
});

test('A5: the function that takes a month out refuses one that is not wholly archived', async () => {
  const month = freshMonth();
  await logEntries(owner, [{ createdAt: inMonth(month) }]);
  const drop = () => role.database.pool.query('SELECT keyward_drop_archived_month($1)', [`${month}-01`]);
  await expect(drop()).rejects.toThrow('not wholly archived: 1 rows, and 0 in recorded archives');
});

test('A5: rows that come later form a supplement, and all are read in their order', async () => {
  const month = freshMonth();
  await logEntries(owner, [{ createdAt: inMonth(month, 1) }, { createdAt: inMonth(month, 5) }]);
  await archiveMonths(deps(), { month });
  await logEntries(owner, [{ createdAt: inMonth(month, 3) }]);
  await archiveMonths(deps(), { month });
  const days = (await collect(readArchive(deps(), month))).map(({ row }) => row.createdAt.getUTCDate());
  expect(days).toEqual([6, 4, 2]);
  expect((await archivesOf(owner.orm, month)).map(({ part, rows }) => [part, rows])).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test('A5: a row that comes between writing and taking out is not lost', async () => {
  const month = freshMonth();
  await logEntries(owner, [{ createdAt: inMonth(month, 1) }]);
  const late = async (step: ArchiveStep) => {
    if (step === 'recorded') await insertEntry(owner.orm, sampleEntry({ createdAt: inMonth(month, 2) }));
  };
  const report = await archiveMonths(deps({ step: late }), { month });
  expect(report.blocked[0]?.why).toContain('not wholly archived: 2 rows, and 1');
  expect((await archiveMonths(deps(), { month })).blocked[0]?.why).toContain(
    'no place in the audit tree yet',
  );
  await sequenceAll(owner.url);
  expect(await archiveMonths(deps(), { month })).toMatchObject({ archived: [{ rows: 2 }] });
  expect(await collect(readArchive(deps(), month))).toHaveLength(2);
});

test('A4: a month with a row that was altered is not archived', async () => {
  const month = freshMonth();
  await logEntries(owner, [{ createdAt: inMonth(month, 1) }]);
  const client = await owner.pool.connect();
  await client.query('SET session_replication_role = replica');
  await client.query(`UPDATE audit_logs SET status = 500 WHERE created_at = $1`, [
    new Date(inMonth(month, 1)),
  ]);
  client.release(true);
  expect((await archiveMonths(deps(), { month })).blocked[0]?.why).toContain('keyward audit verify');
  expect(await partitionOf(month)).not.toBeNull();
});

describe('A5: a month waits for the journal of every node that is known', () => {
  test('of one that died with something left, until it is given up', async () => {
    const month = freshMonth();
    await logEntries(owner, [{ createdAt: inMonth(month) }]);
    await noteNodeAtWork(role.database, 'node-1');
    await owner.pool.query(`UPDATE journal_positions SET updated_at = $1`, [new Date(inMonth(month, 20))]);
    expect((await archiveMonths(deps(), { month })).blocked[0]?.why).toContain('the journal of node-1');
    expect(await giveUpNode(role.database, 'node-1', { via: 'cli' }, deps().clock)).toBe(true);
    expect(await giveUpNode(role.database, 'node-1', { via: 'cli' }, deps().clock)).toBe(false);
    expect(await archiveMonths(deps(), { month })).toMatchObject({ archived: [{ rows: 1 }] });
  });

  test('not of one that is past it, nor of one that rests', async () => {
    const month = freshMonth();
    await logEntries(owner, [{ createdAt: inMonth(month) }]);
    await noteNodeAtWork(role.database, 'at work');
    await noteNodeAtWork(role.database, 'at rest');
    await owner.pool.query(`UPDATE journal_positions SET updated_at = $1 WHERE node_id = 'at rest'`, [
      new Date(0),
    ]);
    expect((await archiveMonths(deps(), { month })).blocked[0]?.why).toContain('the journal of at rest may');
    await noteNodeAtRest(role.database, 'at rest');
    expect(await archiveMonths(deps(), { month })).toMatchObject({ archived: [{ rows: 1 }] });
  });
});

describe('A5: kill -9 at any moment loses nothing and doubles nothing', () => {
  const steps = [
    'begun',
    'draft written',
    'file placed',
    'manifest placed',
    'read back',
    'recorded',
    'dropped',
  ];
  const script = fileURLToPath(siblingModule(import.meta.url, './testing/archive-until-killed'));
  test.each(steps)('after "%s"', async (step) => {
    const month = freshMonth();
    const entries = await logEntries(
      owner,
      Array.from({ length: 20 }, (_, n) => ({ createdAt: inMonth(month, n), userId: `u${n % 3}` })),
    );
    const child = promisify(execFile)(process.execPath, [
      script,
      role.url,
      folder.path,
      keyringText,
      step,
      month,
    ]);
    await expect(child).rejects.toMatchObject({ signal: 'SIGKILL' });
    await archiveMonths(deps(), { month });
    const read = (await collect(readArchive(deps(), month))).map(({ row }) => row.id);
    expect(read.sort()).toEqual(entries.map(({ id }) => id).sort());
    expect(await partitionOf(month)).toBeNull();
    expect(await archivesOf(owner.orm, month)).toHaveLength(1);
    expect(readdirSync(folder.path)).toEqual(['archives']);
  });
});
