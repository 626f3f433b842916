import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../testing/index.ts';
import { checkArchives } from './check-archives.ts';
import { FindingList } from './findings.ts';
import type { ArchivedLeaf } from './leaf-source.ts';
import { SeqSet } from './seq-set.ts';

let database: TestDatabase;
let client: pg.Client;
const leafOf = (seq: number) => createHash('sha256').update(String(seq)).digest();
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (let seq = 0; seq < 5; seq += 1) {
    await client.query('INSERT INTO audit_leaves VALUES ($1, $2, now(), $3)', [seq, `e${seq}`, leafOf(seq)]);
  }
});
afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});

test('A5: entries of archives are compared with their leaves; altered, foreign and missing ones are named', async () => {
  const archived: ArchivedLeaf[] = [
    { seq: 0, id: 'e0', leaf: leafOf(0), isErased: false },
    { seq: 1, id: 'e1', leaf: leafOf(1), isErased: true },
    { seq: 2, id: 'e2', leaf: leafOf(9), isErased: false },
    { seq: 3, id: 'e3', leaf: undefined, isErased: false },
    { seq: 9, id: 'e9', leaf: leafOf(9), isErased: false },
  ];
  const expected = new SeqSet();
  for (const seq of [0, 1, 2, 3, 4]) expected.add(seq);
  const findings = new FindingList(100);
  const source = {
    months: new Set(['2026-07']),
    async *leaves() {
      yield* archived;
    },
    faultOf: () => undefined,
  };
  expect(await checkArchives(client, [source], expected, findings)).toEqual({ verified: 2, erased: 1 });
  expect(findings.found).toEqual([
    { kind: 'archive_altered', seq: 2, id: 'e2' },
    { kind: 'archive_altered', seq: 3, id: 'e3' },
    { kind: 'archive_altered', seq: 9, id: 'e9' },
    { kind: 'row_removed', seq: 4, id: 'e4' },
  ]);
});

test('A5: of an archive that is not what was written the fault is named, and not every row of it', async () => {
  const expected = new SeqSet();
  for (const seq of [0, 1, 2]) expected.add(seq);
  const findings = new FindingList(100);
  const broken = new Error('the archive 2026-07 is longer than it was written');
  const source = {
    months: new Set(['2026-07']),
    // biome-ignore lint/correctness/useYield: it fails before the first leaf
    async *leaves(): AsyncGenerator<ArchivedLeaf> {
      throw broken;
    },
    faultOf: (error: unknown) => (error === broken ? broken.message : undefined),
  };
  await checkArchives(client, [source], expected, findings);
  expect(findings.found).toEqual([{ kind: 'archive_unsound', why: broken.message }]);
});

test('A4: a set of numbers knows what is in it, however large they are', () => {
  const set = new SeqSet();
  for (const seq of [0, 7, 8, 100_000, 7]) set.add(seq);
  expect([set.size, set.delete(7), set.delete(7), set.delete(1e9), set.size]).toEqual([
    4,
    true,
    false,
    false,
    3,
  ]);
  expect(set.first(2)).toEqual([0, 8]);
  expect(set.first(9)).toEqual([0, 8, 100_000]);
});
