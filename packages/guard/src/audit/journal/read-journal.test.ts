import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { journalIds } from '../testing/journal-lines.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openJournal } from './open-journal.ts';
import { readJournal } from './read-journal.ts';
import { listSegments, segmentHeaderBytes, segmentPath } from './segment-file.ts';

/** A finished segment with a record for each id, and a newer, empty one. */
async function journalOf(folder: string, ids: readonly string[]): Promise<{ path: string; ends: number[] }> {
  const journal = await openJournal({ folder });
  const ends: number[] = [segmentHeaderBytes];
  for (const id of ids) {
    await journal.append(sampleEntry({ id }));
    ends.push(journal.position.byteOffset);
  }
  const path = segmentPath(folder, journal.position.segment);
  await journal.close();
  await (await openJournal({ folder })).close();
  return { path, ends };
}

test('A2: a record torn at any byte is not read, and all before it and after a restart are', async () => {
  using folder = temporaryFolder();
  const { path, ends } = await journalOf(folder.path, ['a', 'b']);
  const whole = readFileSync(path);
  expect(journalIds(folder.path)).toEqual({ ids: ['a', 'b'], findings: [] });
  for (let length = whole.length - 1; length >= (ends[1] ?? 0); length--) {
    truncateSync(path, length);
    const { ids, findings } = journalIds(folder.path);
    expect(ids).toEqual(['a']);
    // A record begins with a zero, and zeros at the end are no record.
    expect(findings.map((finding) => finding.kind)).toEqual(length > (ends[1] ?? 0) + 1 ? ['torn'] : []);
  }
});

test('A2: damage between records is reported and what follows it is read', async () => {
  using folder = temporaryFolder();
  const { path, ends } = await journalOf(folder.path, ['a', 'b', 'c', 'd']);
  const whole = readFileSync(path);
  for (let at = ends[1] ?? 0; at < (ends[2] ?? 0); at++) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    writeFileSync(path, damaged);
    const { ids, findings } = journalIds(folder.path);
    expect(ids).toEqual(['a', 'c', 'd']);
    expect(findings).toEqual([
      { kind: 'corrupt', segment: listSegments(folder.path)[0], fromByte: ends[1], toByte: ends[2] },
    ]);
  }
});

test('A2: damage in the segment being written does not hold up what follows it', async () => {
  using folder = temporaryFolder();
  const { ends, path } = await journalOf(folder.path, ['a', 'b', 'c']);
  const newest = listSegments(folder.path).at(-1) ?? 0;
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(10_000_000, (ends[1] ?? 0) + 8);
  writeFileSync(segmentPath(folder.path, newest), bytes);
  writeFileSync(path, readFileSync(path).subarray(0, segmentHeaderBytes));
  expect(journalIds(folder.path).ids).toEqual(['a', 'c']);
});

test('A2: a record that is still being written is waited for', async () => {
  using folder = temporaryFolder();
  const { path } = await journalOf(folder.path, ['a', 'b']);
  const newest = segmentPath(folder.path, listSegments(folder.path).at(-1) ?? 0);
  const whole = readFileSync(path);
  writeFileSync(newest, whole.subarray(0, whole.length - 5));
  expect(journalIds(folder.path)).toEqual({ ids: ['a', 'b', 'a'], findings: [] });
  appendFileSync(newest, whole.subarray(whole.length - 5));
  expect(journalIds(folder.path)).toEqual({ ids: ['a', 'b', 'a', 'b'], findings: [] });
});

test('A2: zeros at the end of a segment, as in room that was reserved, are its end', async () => {
  using folder = temporaryFolder();
  const { path } = await journalOf(folder.path, ['a', 'b']);
  appendFileSync(path, Buffer.alloc(5_000));
  appendFileSync(segmentPath(folder.path, listSegments(folder.path).at(-1) ?? 0), Buffer.alloc(5_000));
  expect(journalIds(folder.path)).toEqual({ ids: ['a', 'b'], findings: [] });
});

test('A2: a position that the folder does not know leads to reading what there is, and is reported', async () => {
  using folder = temporaryFolder();
  await journalOf(folder.path, ['a']);
  const [first = 0, last = 0] = listSegments(folder.path);
  const limits = { entriesMax: 10, bytesMax: 4096 };
  const before = readJournal(folder.path, { segment: first - 1, byteOffset: 70 }, limits);
  expect(before).toMatchObject({ entries: 1, findings: [{ kind: 'missing', segment: first - 1 }] });
  const behind = readJournal(folder.path, { segment: last + 1, byteOffset: 0 }, limits);
  expect(behind).toMatchObject({ entries: 1, findings: [{ kind: 'replaced', segment: last + 1 }] });
});
