import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AuditEntry } from '../entry.ts';
import { failingFiles } from '../testing/failing-files.ts';
import { journalIds } from '../testing/journal-lines.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { Journal } from './journal.ts';
import { JournalInUseError, JournalUnavailableError } from './journal-errors.ts';
import { systemFiles } from './journal-files.ts';
import { openJournal } from './open-journal.ts';
import { listSegments } from './segment-file.ts';

test('A3: the entries of one turn are one write', async () => {
  using folder = temporaryFolder();
  let writes = 0;
  const journal = await openJournal({
    folder: folder.path,
    files: {
      ...systemFiles,
      write: (...call) => {
        writes += 1;
        return systemFiles.write(...call);
      },
    },
  });
  writes = 0;
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => journal.append(sampleEntry({ id: `${index}` }))),
  );
  expect(writes).toBe(1);
  await journal.close();
  expect(journalIds(folder.path).ids).toHaveLength(50);
});

test('A2: an entry is in the file when append resolves, and synced when appendSynced does', async () => {
  using folder = temporaryFolder();
  let syncs = 0;
  const files = {
    ...systemFiles,
    fdatasync: async (file: number) => {
      await systemFiles.fdatasync(file);
      syncs += 1;
    },
  };
  const journal = await openJournal({ folder: folder.path, files, syncIntervalMs: 3_600_000 });
  await journal.append(sampleEntry({ id: 'a' }));
  expect(journalIds(folder.path).ids).toEqual(['a']);
  expect(syncs).toBe(0);
  await Promise.all([
    journal.appendSynced(sampleEntry({ id: 'b' })),
    journal.appendSynced(sampleEntry({ id: 'c' })),
  ]);
  expect(syncs).toBe(1);
  await journal.close();
});

test('A2: the name of a segment is on the disk before an entry in it is said to be', async () => {
  using folder = temporaryFolder();
  const calls: string[] = [];
  const files = {
    ...systemFiles,
    fdatasync: async () => void calls.push('entries'),
    syncFolder: async () => void calls.push('names'),
  };
  const options = { folder: folder.path, files, syncIntervalMs: 3_600_000, segmentBytesMax: 500 };
  const journal = await openJournal({ ...options, reserveBytes: 0 });
  for (let segment = 1; segment <= 2; segment++) {
    await journal.appendSynced(sampleEntry());
    expect(calls).toEqual(Array.from({ length: segment }, () => ['entries', 'names']).flat());
  }
  await journal.close();
});

test('A2: what has been appended is synced within the interval', async () => {
  using folder = temporaryFolder();
  const synced = Promise.withResolvers<void>();
  const files = { ...systemFiles, fdatasync: async () => synced.resolve() };
  const journal = await openJournal({ folder: folder.path, files, syncIntervalMs: 1 });
  await journal.append(sampleEntry());
  await synced.promise;
  await journal.close();
});

test('A2: segments end at their size and at each opening, and keep the order', async () => {
  using folder = temporaryFolder();
  const ids: string[] = [];
  for (let round = 0; round < 3; round++) {
    const journal = await openJournal({ folder: folder.path, segmentBytesMax: 1_000 });
    for (let index = 0; index < 10; index++) {
      ids.push(`${round}-${index}`);
      await journal.append(sampleEntry({ id: `${round}-${index}` }));
    }
    await journal.close();
  }
  expect(journalIds(folder.path)).toEqual({ ids, findings: [] });
  expect(listSegments(folder.path).length).toBeGreaterThan(9);
});

test('A2: a second process is refused, and the folder of one that died is taken over', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path });
  await expect(openJournal({ folder: folder.path })).rejects.toThrow(JournalInUseError);
  await journal.close();
  writeFileSync(join(folder.path, 'lock'), `${process.pid} another-start\n`);
  const next = await openJournal({ folder: folder.path });
  expect(next.nodeId).toBe(journal.nodeId);
  await next.close();
  await expect(next.append(sampleEntry())).rejects.toThrow(JournalUnavailableError);
});

test('A2: entries are refused, not kept in memory without bound, while the disk does not keep up', async () => {
  using folder = temporaryFolder();
  const stuck = Promise.withResolvers<void>();
  const files = { ...systemFiles, fdatasync: () => stuck.promise };
  const journal = await openJournal({
    folder: folder.path,
    files,
    unsyncedBytesMax: 1_000,
    syncIntervalMs: 1,
  });
  const results = [];
  for (let index = 0; index < 10; index++) results.push(await outcome(journal.append(sampleEntry())));
  expect(results.at(0)).toBe(true);
  expect(results.at(-1)).toBe(false);
  stuck.resolve();
  await journal.close();
});

/** Appends ten entries, every third one synced; the ids of those that were acknowledged. */
async function appendTen(journal: Journal): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let index = 0; index < 10; index++) {
    const entry: AuditEntry = sampleEntry({ id: `entry-${index}` });
    const done = index % 3 === 0 ? journal.appendSynced(entry) : journal.append(entry);
    if (await outcome(done)) acknowledged.push(entry.id);
  }
  return acknowledged;
}

async function outcome(done: Promise<void>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(JournalUnavailableError);
    return false;
  }
}

for (const [code, count] of [
  ['EIO', 1],
  ['ENOSPC', 3],
  ['EIO', 1_000_000],
] as const) {
  test(`A2: whichever file system call fails (${code}, ${count} in a row), nothing acknowledged is lost`, async () => {
    for (let call = 1; ; call++) {
      using folder = temporaryFolder();
      const files = failingFiles(call, count, code);
      const options = { folder: folder.path, files, segmentBytesMax: 2_000, syncIntervalMs: 1 };
      const opened = await openJournal(options).catch((error: unknown) => {
        expect(error).toBeInstanceOf(JournalUnavailableError);
      });
      if (opened === undefined) continue;
      const acknowledged = await appendTen(opened);
      await outcome(opened.close());
      const { ids, findings } = journalIds(folder.path);
      expect(ids).toEqual(expect.arrayContaining(acknowledged));
      expect(findings.filter((finding) => finding.kind === 'corrupt')).toEqual([]);
      if (count === 1) expect(acknowledged.length).toBeGreaterThanOrEqual(8);
      if (files.calls < call) break;
    }
  });
}

test('A2: after a failed fdatasync the same segment is not trusted: what waits is written to a new one', async () => {
  using folder = temporaryFolder();
  let failures = 1;
  const synced: number[] = [];
  const files = {
    ...systemFiles,
    fdatasync: async (file: number) => {
      if (failures-- > 0) throw Object.assign(new Error('EIO: fdatasync'), { code: 'EIO' });
      synced.push(file);
    },
  };
  const journal = await openJournal({ folder: folder.path, files, syncIntervalMs: 3_600_000 });
  const before = journal.position.segment;
  await journal.append(sampleEntry({ id: 'a' }));
  await journal.appendSynced(sampleEntry({ id: 'b' }));
  expect(journal.position.segment).toBeGreaterThan(before);
  expect(synced).toHaveLength(1);
  await journal.close();
  expect(journalIds(folder.path).ids).toEqual(['a', 'b', 'a', 'b']);
});
