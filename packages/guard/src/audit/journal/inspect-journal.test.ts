import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { inspectJournal } from './inspect-journal.ts';
import { NoJournalError } from './journal-errors.ts';
import { openJournal } from './open-journal.ts';
import { listSegments, segmentPath } from './segment-file.ts';

test('A4: a journal says what it holds, from the first entry to the last, beside the process that writes', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path, reserveBytes: 0, segmentBytesMax: 1_500 });
  expect(await inspectJournal(folder.path)).toMatchObject({ entries: 0, first: undefined, last: undefined });
  const entries = Array.from({ length: 12 }, () => sampleEntry());
  for (const entry of entries.slice(0, 10)) await journal.append(entry);
  await Promise.all(entries.slice(10).map((entry) => journal.append(entry)));
  const createdAt = '2026-07-15T12:00:00.000Z';
  expect(await inspectJournal(folder.path)).toMatchObject({
    nodeId: journal.nodeId,
    segments: listSegments(folder.path).length,
    entries: 12,
    first: { id: entries[0]?.id, createdAt },
    last: { id: entries[11]?.id, createdAt },
    end: journal.position,
    findings: [],
  });
  await journal.close();
});

test('A4: damage is found where it is, and the entries around it are counted', async () => {
  using folder = temporaryFolder();
  const journal = await openJournal({ folder: folder.path, reserveBytes: 0 });
  const entries = Array.from({ length: 3 }, () => sampleEntry());
  for (const entry of entries) await journal.append(entry);
  await journal.close();
  const path = segmentPath(folder.path, listSegments(folder.path)[0] ?? 0);
  const bytes = readFileSync(path);
  bytes.write('XX', bytes.indexOf(entries[1]?.id ?? ''));
  writeFileSync(path, bytes);
  expect(await inspectJournal(folder.path)).toMatchObject({ entries: 2, findings: [{ kind: 'corrupt' }] });
});

test('A4: a folder without a journal is named as that', async () => {
  using folder = temporaryFolder();
  await expect(inspectJournal(folder.path)).rejects.toThrow(NoJournalError);
});
