import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { trackLastUsed } from '../../keys/last-used.ts';
import { type ApplicationRole, createApplicationRole } from '../../testing/application-role.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import type { ArchiveDeps } from '../archives/archive-deps.ts';
import { archiveMonths } from '../archives/archive-months.ts';
import { type ArchivedEntry, readArchive } from '../archives/read-archive.ts';
import { archiveDeps, logEntries, newKeyringText, sequenceAll } from '../archives/testing/archive-bed.ts';
import type { AuditEntry } from '../entry.ts';
import { insertEntry } from '../insert-entry.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { leafHash } from '../tree/leaf.ts';
import { erasePerson } from './erase-person.ts';
import { exportPerson } from './export-person.ts';

let owner: TestDatabase;
let role: ApplicationRole;
let deps: ArchiveDeps;
const folder = temporaryFolder();
const clock = fakeClock(Date.UTC(2026, 6, 1));
const cli = { via: 'cli' } as const;
let people = 0;
let person: string;

beforeAll(async () => {
  owner = await createTestDatabase();
  role = await createApplicationRole(owner);
  deps = archiveDeps(role.database, folder.path, newKeyringText());
});
afterAll(async () => {
  folder[Symbol.dispose]();
  await role[Symbol.asyncDispose]();
  await owner[Symbol.asyncDispose]();
});
beforeEach(async () => {
  person = await newPerson();
});

async function newPerson(isDeleted = true): Promise<string> {
  const id = `person-${people++}`;
  await owner.pool.query(`INSERT INTO users (id, name, email, deleted_at) VALUES ($1, 'x', $1, $2)`, [
    id,
    isDeleted ? new Date() : null,
  ]);
  return id;
}

const erase = () => erasePerson({ database: role.database, clock, rowsAtOnce: 3 }, person, cli);
const personalOf = async (userId: string) =>
  (
    await owner.pool.query('SELECT ip, user_agent, before, after FROM audit_logs WHERE user_id = $1', [
      userId,
    ])
  ).rows;
const blank = { ip: null, user_agent: null, before: null, after: null };

/** That each leaf is what the open part and the commitment, kept or made again, come to. */
async function expectLeavesFit(): Promise<void> {
  const { rows } = await owner.pool.query<{ open: string; commitment: Buffer; leaf: Buffer }>(
    `SELECT keyward_audit_open_part(l) AS open, e.leaf_hash AS leaf,
       coalesce(x.commitment, sha256(s.salt || convert_to(keyward_audit_personal_part(l), 'UTF8'))) AS commitment
     FROM audit_logs l JOIN audit_leaves e ON e.entry_id = l.id LEFT JOIN audit_salts s USING (seq)
     LEFT JOIN audit_erasures x USING (seq)`,
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { open, commitment, leaf } of rows) {
    expect(leafHash(Buffer.from(open), commitment).toString('hex')).toBe(leaf.toString('hex'));
  }
}

test('A5: what names a person in the log is blanked, their salts are gone, and their leaves still fit', async () => {
  const entries = await logEntries(owner, [
    ...Array.from({ length: 7 }, () => ({ userId: person, before: { a: 1 } })),
    { userId: 'admin', objectType: 'user', objectIds: [person], after: { email: 'b**@example.com' } },
    { userId: 'somebody', objectType: 'user', objectIds: ['another'], after: { email: 'kept' } },
  ]);
  expect(await erase()).toEqual({ userId: person, rows: 8 });
  for (const row of await personalOf(person)) expect(row).toEqual(blank);
  expect(await personalOf('admin')).toEqual([blank]);
  expect(await personalOf('somebody')).toMatchObject([{ ip: '203.0.113.7', after: { email: 'kept' } }]);
  const { rows } = await owner.pool.query(
    `SELECT count(s.seq)::int AS salts, count(x.seq)::int AS erasures FROM audit_leaves e
     LEFT JOIN audit_salts s USING (seq) LEFT JOIN audit_erasures x USING (seq) WHERE entry_id = ANY ($1)`,
    [entries.map(({ id }) => id)],
  );
  expect(rows).toEqual([{ salts: 1, erasures: 8 }]);
  await expectLeavesFit();
  expect(await erase()).toEqual({ userId: person, rows: 0 });
});

test('A5: nor do their keys tell from where they were used, however late a node notes it', async () => {
  await owner.pool.query(
    `INSERT INTO api_keys (id, user_id, name, service, environment, prefix, last_four, scopes, last_used_ip, revoked_at)
     VALUES ($1, $1, 'x', 's', 'live', 'p', 'l', '{}', '203.0.113.9', now())`,
    [person],
  );
  const lastUsed = trackLastUsed(role.database, () => {});
  lastUsed.note(person, Date.now(), '203.0.113.7');
  expect(await erase()).toMatchObject({ userId: person });
  const usedFrom = async () =>
    (await owner.pool.query('SELECT last_used_ip FROM api_keys WHERE id = $1', [person])).rows;
  expect(await usedFrom()).toEqual([{ last_used_ip: null }]);
  await lastUsed.stop();
  expect(await usedFrom()).toEqual([{ last_used_ip: null }]);
});

test('A5: each erasure has its entry, written by the function that erases', async () => {
  await logEntries(owner, [{ userId: person }]);
  await erase();
  const { rows } = await owner.pool.query(
    `SELECT path, action, object_ids, after FROM audit_logs WHERE action = 'users.erase' AND object_ids = ARRAY[$1]`,
    [person],
  );
  expect(rows).toEqual([{ path: 'cli', action: 'users.erase', object_ids: [person], after: { rows: 1 } }]);
});

test('A5: only a deleted person can be erased, whoever calls the function', async () => {
  person = await newPerson(false);
  expect(await erase()).toMatchObject({ code: 'conflict' });
  expect(await erasePerson({ database: role.database, clock }, 'nobody', cli)).toMatchObject({
    code: 'not_found',
  });
  await expect(
    role.database.pool.query(`SELECT keyward_erase_person($1, 10, 'i', 'r', 'cli', NULL)`, [person]),
  ).rejects.toThrow('only a deleted person');
});

test('A5: rows that have no leaf yet are blanked first and get the leaf of what is left', async () => {
  const entry = sampleEntry({ userId: person });
  await insertEntry(owner.orm, entry);
  await erase();
  expect(await personalOf(person)).toEqual([blank]);
  await sequenceAll(owner.url);
  const { rows } = await owner.pool.query(
    `SELECT x.seq FROM audit_leaves JOIN audit_erasures x USING (seq) WHERE entry_id = $1`,
    [entry.id],
  );
  expect(rows).toEqual([]);
  await expectLeavesFit();
});

test('A5: a sequencer that has read a row before it is blanked does not bring its leaf', async () => {
  await insertEntry(owner.orm, sampleEntry({ userId: person }));
  for (let round = 0; round < 5; round += 1) {
    await insertEntry(owner.orm, sampleEntry({ userId: person }));
    await Promise.all([erase(), sequenceAll(owner.url)]);
  }
  await sequenceAll(owner.url);
  await expectLeavesFit();
});

test('A5: whatever stands in the personal fields, SQL keeps the commitment that the leaf holds', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc
      .array(fc.constantFrom('\t', '\n', '\r', '\b', '\f', '\v', '\\', '\\N', '"', '\u0001', 'é', '\u2028'), {
        maxLength: 8,
      })
      .map((pieces) => pieces.join('')),
  );
  const fields = fc.record({
    userAgent: fc.option(text),
    ip: fc.option(fc.oneof(fc.ipV4(), fc.ipV6())),
    before: fc.option(fc.jsonValue()),
    after: fc.oneof(fc.dictionary(text, text), fc.constant(null)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 15 }), async (rows) => {
      person = await newPerson();
      await logEntries(
        owner,
        rows.map((row) => ({ ...(row as Partial<AuditEntry>), userId: person })),
      );
      await erase();
      for (const row of await personalOf(person)) expect(row).toEqual(blank);
      await expectLeavesFit();
    }),
    { numRuns: 12 },
  );
});

async function archived(month: string): Promise<ArchivedEntry[]> {
  const entries: ArchivedEntry[] = [];
  for await (const entry of readArchive(deps, month)) entries.push(entry);
  return entries;
}

test('A5: in archives the key of an erased person is destroyed: theirs is gone, the rest is read, every leaf fits', async () => {
  const createdAt = Date.parse('2003-03-05');
  await logEntries(owner, [
    { createdAt, userId: person },
    {
      createdAt: createdAt + 1,
      userId: 'admin',
      objectType: 'user',
      objectIds: ['x', person],
      after: { name: 'B' },
    },
    { createdAt: createdAt + 2, userId: 'kept', after: { n: 1 } },
  ]);
  await archiveMonths(deps, { month: '2003-03' });
  expect((await archived('2003-03')).map(({ row }) => row.ip)).toEqual(Array(3).fill('203.0.113.7'));
  await erase();
  const entries = await archived('2003-03');
  expect(entries.map(({ row, personal }) => [row.userId, row.ip, row.after, personal === undefined])).toEqual(
    [
      ['kept', '203.0.113.7', { n: 1 }, false],
      ['admin', null, null, true],
      [person, null, null, true],
    ],
  );
  const leaves = await owner.pool.query('SELECT seq, leaf_hash FROM audit_leaves');
  const leafOf = new Map(leaves.rows.map(({ seq, leaf_hash }) => [Number(seq), leaf_hash]));
  for (const { seq, open, commitment } of entries)
    expect(leafHash(open, commitment)).toEqual(leafOf.get(seq));
});

test('A5: what comes of an erased person afterwards is archived without their fields', async () => {
  await erase();
  await logEntries(owner, [{ createdAt: Date.parse('2004-03-05'), userId: person }]);
  await archiveMonths(deps, { month: '2004-03' });
  expect((await archived('2004-03')).map(({ row }) => [row.userId, row.ip])).toEqual([[person, null]]);
});

test('A5: everything that is held about a person is given to them, and no secret', async () => {
  await owner.pool.query(
    `INSERT INTO api_keys (id, user_id, name, service, environment, key_hash, checksum_key_id, prefix, last_four, scopes)
     VALUES ('key-' || $1, $1, 'n', 'metadata', 'live', 'secret hash ' || $1, 'c', 'p', 'four', '{}')`,
    [person],
  );
  await logEntries(owner, [
    { userId: person },
    { userId: person, createdAt: Date.parse('2005-03-05') },
    { userId: 'admin', objectType: 'user', objectIds: [person], ip: '192.0.2.77' },
    { userId: 'stranger', createdAt: Date.parse('2005-03-05') },
  ]);
  await archiveMonths(deps, { month: '2005-03' });
  const held = await exportPerson(deps, person);
  if (!(Symbol.asyncIterator in held)) throw new Error('refused');
  const records = [];
  for await (const record of held) records.push(record);
  expect(records.map(({ kind }) => kind)).toEqual(['person', 'key', 'audit', 'audit', 'archived_audit']);
  expect(JSON.stringify(records)).not.toMatch(/secret hash|192\.0\.2\.77/);
  expect(await exportPerson(deps, 'nobody')).toMatchObject({ code: 'not_found' });
});
