import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';
import { journalIds } from '../testing/journal-lines.ts';
import { loggedIds } from '../testing/logged-rows.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { adoptJournal } from './adopt-journal.ts';
import { JournalInUseError, NoJournalError } from './journal-errors.ts';
import { openJournal } from './open-journal.ts';
import { listSegments, segmentPath } from './segment-file.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const adopt = (folder: string) => adoptJournal({ databaseUrl: database.url, folder });

/** A journal of a node that died while it wrote a record. */
async function abandoned(folder: string, count: number): Promise<string[]> {
  const journal = await openJournal({ folder, reserveBytes: 0 });
  const entries = Array.from({ length: count }, () => sampleEntry());
  for (const entry of entries) await journal.append(entry);
  const { segment } = journal.position;
  await journal.close();
  appendFileSync(segmentPath(folder, segment), Buffer.from([0, 0x4b, 0x57, 0x52, 1, 2, 3]));
  writeFileSync(join(folder, 'lock'), `${process.pid} another-start\n`);
  return entries.map(({ id }) => id);
}

test('A2: the journal of a node that never came back is in the log, each entry once, however often it is adopted', async () => {
  using folder = temporaryFolder();
  const ids = await abandoned(folder.path, 30);
  const first = await adopt(folder.path);
  expect(first).toMatchObject({ entries: 30, findings: [{ kind: 'torn' }] });
  expect(first.nodeId).toMatch(/^[0-9a-f]{32}$/);
  expect(journalIds(folder.path).ids).toEqual([]);
  expect(listSegments(folder.path)).toHaveLength(1);
  expect(await adopt(folder.path)).toEqual({ ...first, entries: 0, findings: [] });
  expect((await loggedIds(database.orm)).filter((id) => ids.includes(id))).toEqual(ids.sort());
});

test('A2: the journal of a live process is not taken', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path, reserveBytes: 0 });
  await expect(adopt(folder.path)).rejects.toThrow(JournalInUseError);
  await journal.close();
  await adopt(folder.path);
});

test('A2: what is no journal is refused in words that help', async () => {
  using folder = temporaryFolder();
  await expect(adopt(folder.path)).rejects.toThrow(`${folder.path} holds no journal: it has no node-id`);
  await expect(adopt(join(folder.path, 'nowhere'))).rejects.toThrow('there is no such folder');
  await abandoned(join(folder.path, 'made'), 1);
  mkdirSync(join(folder.path, 'data'));
  renameSync(join(folder.path, 'made'), join(folder.path, 'data', 'journal'));
  const refused = adopt(join(folder.path, 'data'));
  await expect(refused).rejects.toThrow(NoJournalError);
  await expect(refused).rejects.toThrow(`it is in ${join(folder.path, 'data', 'journal')}`);
});
