import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failingFiles } from '../testing/failing-files.ts';
import { journalIds, journalRows } from '../testing/journal-lines.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { type SmallDisk, smallDisk } from '../testing/small-disk.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { Journal } from './journal.ts';
import { JournalUnavailableError } from './journal-errors.ts';
import { systemFiles } from './journal-files.ts';
import { openJournal } from './open-journal.ts';
import { listSegments, segmentPath } from './segment-file.ts';

const reserveBytes = 256 * 1024;

function open(folder: string, files: SmallDisk, changes: object = {}): Promise<Journal> {
  return openJournal({ folder, files, reserveBytes, checkIntervalMs: 2, ...changes });
}

/** Appends entries until one is refused; the ids of the others. */
async function fill(journal: Journal, isEnough: () => boolean = () => false): Promise<string[]> {
  const ids: string[] = [];
  while (!isEnough()) {
    const entry = sampleEntry({ id: `filling-${ids.length}`, path: `/${'x'.repeat(4_000)}` });
    try {
      await journal.append(entry);
    } catch (error) {
      expect(error).toMatchObject({ refusal: 'no_room' });
      return ids;
    }
    ids.push(entry.id);
  }
  return ids;
}

describe('a disk that fills', () => {
  test('A2: changes are refused while the reserve is left, and entries of what was let in are still written', async () => {
    using folder = temporaryFolder();
    const disk = smallDisk(8 * reserveBytes);
    const journal = await open(folder.path, disk);
    await expect.poll(() => disk.usedBytes).toBeGreaterThan(reserveBytes);
    expect(journal.takesChanges).toBe(true);
    // Somebody else takes all that is left.
    disk.capacityBytes = disk.usedBytes;
    await journal.append(sampleEntry({ id: 'let in' }));
    expect(journal.takesChanges).toBe(false);
    const ids = await fill(journal);
    expect(ids.length * 4_000).toBeGreaterThan(reserveBytes - 64 * 1024 - 16_000);
    expect(journalIds(folder.path)).toEqual({ ids: ['let in', ...ids], findings: [] });
    await journal.close();
  });

  test('A2: low-disk mode begins while the reserve is untouched, when others leave less than it', async () => {
    using folder = temporaryFolder();
    const disk = smallDisk(8 * reserveBytes);
    const journal = await open(folder.path, disk);
    await expect.poll(() => disk.usedBytes).toBeGreaterThan(reserveBytes);
    disk.capacityBytes = disk.usedBytes + reserveBytes - 1;
    await expect.poll(() => journal.takesChanges).toBe(false);
    expect(existsSync(join(folder.path, 'reserve'))).toBe(true);
    await journal.append(sampleEntry());
    await journal.close();
  });

  test('A2: what finds no room is counted in a gap, which is an entry when there is room again', async () => {
    using folder = temporaryFolder();
    const disk = smallDisk(8 * reserveBytes);
    const lows: boolean[] = [];
    const journal = await open(folder.path, disk, { onLow: (isLow: boolean) => lows.push(isLow) });
    await expect.poll(() => disk.usedBytes).toBeGreaterThan(reserveBytes);
    disk.capacityBytes = disk.usedBytes;
    await fill(journal);
    expect(journal.missed(false)).toBe(true);
    for (let count = 1; count < 40; count++) expect(journal.missed(false)).toBe(false);
    // Should the process be killed now, the log still knows of it.
    expect(journalRows(folder.path).at(-1)).toMatchObject({ action: 'audit.gap_begun', method: '-' });
    disk.capacityBytes += 8 * reserveBytes;
    await expect.poll(() => journalRows(folder.path).at(-1)?.action).toBe('audit.gap');
    const after = JSON.parse(journalRows(folder.path).at(-1)?.after ?? '');
    expect(after).toEqual({
      requests: 40,
      changes: 0,
      from: expect.stringMatching(/Z$/),
      to: expect.stringMatching(/Z$/),
    });
    await expect.poll(() => journal.takesChanges).toBe(true);
    await expect.poll(() => lows).toEqual([true, false]);
    expect(existsSync(join(folder.path, 'reserve'))).toBe(true);
    await journal.append(sampleEntry({ id: 'after' }));
    expect(journalIds(folder.path).ids.at(-1)).toBe('after');
    await journal.close();
  });

  test('A2: a stop in the middle of a gap writes it', async () => {
    using folder = temporaryFolder();
    const disk = smallDisk(8 * reserveBytes);
    const journal = await open(folder.path, disk);
    await expect.poll(() => disk.usedBytes).toBeGreaterThan(reserveBytes);
    disk.capacityBytes = disk.usedBytes;
    await fill(journal);
    journal.missed(true);
    await journal.close();
    expect(journalRows(folder.path).slice(-2)).toMatchObject([
      { action: 'audit.gap_begun' },
      { action: 'audit.gap', after: expect.stringContaining('"requests":1,"changes":1') },
    ]);
  });

  test('A2: a node starts on a full disk, refuses changes, and recovers by itself', async () => {
    using folder = temporaryFolder();
    const disk = smallDisk(0);
    const journal = await open(folder.path, disk);
    expect(journal.takesChanges).toBe(false);
    await expect(journal.append(sampleEntry())).rejects.toThrow(JournalUnavailableError);
    disk.capacityBytes = 8 * reserveBytes;
    await expect.poll(() => journal.takesChanges).toBe(true);
    await journal.append(sampleEntry({ id: 'a' }));
    await journal.close();
    expect(journalIds(folder.path).ids).toEqual(['a']);
  });
});

test('O6: a journal at its cap behaves as a full disk, and goes on when its segments have been shipped', async () => {
  using folder = temporaryFolder();
  const disk = smallDisk(64 * reserveBytes);
  const journal = await open(folder.path, disk, { bytesMax: 3 * reserveBytes, segmentBytesMax: 100_000 });
  await fill(journal, () => !journal.takesChanges);
  const used = () =>
    listSegments(folder.path).map((segment) => statSync(segmentPath(folder.path, segment)).size);
  const total = () => used().reduce((sum, size) => sum + size, 0);
  expect(total()).toBeGreaterThan(reserveBytes);
  expect(total()).toBeLessThan(2.1 * reserveBytes);
  // Entries that a look at the disk may not have seen count twice until the next one.
  await expect.poll(() => fill(journal).then(total)).toBeGreaterThan(2.5 * reserveBytes);
  expect(total()).toBeLessThanOrEqual(3 * reserveBytes);
  for (const segment of listSegments(folder.path).slice(0, -1))
    truncateSync(segmentPath(folder.path, segment), 64);
  await expect.poll(() => journal.takesChanges).toBe(true);
  await journal.append(sampleEntry());
  await journal.close();
});

test('O6: what is written while the disk is looked at counts against the cap, and is told at once', async () => {
  using folder = temporaryFolder();
  const [looking, lookingAgain] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const files = smallDisk(64 * reserveBytes);
  const free = files.freeBytes;
  let looks = 0;
  const slow = {
    ...files,
    freeBytes: async (path: string) => {
      looks += 1;
      // The looks in the background last for as long as the journal is filled.
      if (looks > 1) await (looks === 2 ? looking : lookingAgain).promise;
      return free.call(files, path);
    },
  };
  const lows: boolean[] = [];
  const onLow = (isLow: boolean) => lows.push(isLow);
  const options = { bytesMax: 3 * reserveBytes, segmentBytesMax: 100_000, onLow };
  const journal = await open(folder.path, slow, options);
  await expect.poll(() => looks).toBe(2);
  expect(lows).toEqual([]);
  await fill(journal);
  // Somebody hears of it without another look: room may be back by then.
  expect(lows).toEqual([true]);
  looking.resolve();
  await expect.poll(() => looks).toBe(3);
  expect(await fill(journal)).toEqual([]);
  lookingAgain.resolve();
  await journal.close();
});

test('A2: one failure of the disk costs no entry: it is written to another segment, and what is left of it goes', async () => {
  using folder = temporaryFolder();
  let failures = 0;
  const files = {
    ...systemFiles,
    write: (...call: Parameters<typeof systemFiles.write>) => {
      if (failures-- <= 0) return systemFiles.write(...call);
      const [file, bytes, , position] = call;
      systemFiles.write(file, bytes.subarray(0, 100), 0, position);
      throw Object.assign(new Error('EIO: write'), { code: 'EIO' });
    },
  };
  const journal = await openJournal({ folder: folder.path, files, reserveBytes });
  failures = 1;
  await journal.append(sampleEntry({ id: 'a' }));
  expect(journal.takesChanges).toBe(true);
  await journal.close();
  expect(journalIds(folder.path)).toEqual({ ids: ['a'], findings: [] });
});

test('A2: while the disk fails, changes are refused until an entry has been written again', async () => {
  using folder = temporaryFolder();
  let isFailing = false;
  const files = { ...failingFiles(Number.POSITIVE_INFINITY) };
  const write = files.write;
  files.write = (...call) => {
    if (isFailing) throw Object.assign(new Error('EIO: write'), { code: 'EIO' });
    return write(...call);
  };
  const journal = await openJournal({ folder: folder.path, files, reserveBytes, checkIntervalMs: 2 });
  isFailing = true;
  await expect(journal.append(sampleEntry())).rejects.toMatchObject({ refusal: 'failing' });
  expect(journal.takesChanges).toBe(false);
  isFailing = false;
  const isWritten = () =>
    journal.append(sampleEntry({ id: 'a' })).then(
      () => true,
      () => false,
    );
  await expect.poll(isWritten).toBe(true);
  await expect.poll(() => journal.takesChanges).toBe(true);
  await journal.close();
});

test('A2: a reserve that holds records, as after loss of power, is not used: they would be found behind new ones', async () => {
  using folder = temporaryFolder();
  const first = await open(folder.path, smallDisk(8 * reserveBytes));
  for (const id of ['a', 'b']) await first.append(sampleEntry({ id }));
  await first.close();
  const stale = Buffer.alloc(reserveBytes);
  readFileSync(segmentPath(folder.path, listSegments(folder.path)[0] ?? 0)).copy(stale);
  writeFileSync(join(folder.path, 'reserve'), stale);
  const disk = smallDisk(8 * reserveBytes);
  const second = await open(folder.path, disk);
  await expect.poll(() => disk.usedBytes).toBeGreaterThan(reserveBytes);
  disk.capacityBytes = disk.usedBytes;
  await second.append(sampleEntry({ id: 'c' }));
  expect(journalIds(folder.path)).toEqual({ ids: ['a', 'b', 'c'], findings: [] });
  await second.close();
});

test('A2: room that a killed node had reserved is given back at the next start, with all its entries', async () => {
  using folder = temporaryFolder();
  const first = await open(folder.path, smallDisk(8 * reserveBytes));
  await first.append(sampleEntry({ id: 'a' }));
  await first.close();
  const path = segmentPath(folder.path, listSegments(folder.path)[0] ?? 0);
  const { size } = statSync(path);
  truncateSync(path, reserveBytes);
  await (await open(folder.path, smallDisk(8 * reserveBytes))).close();
  expect(statSync(path).size).toBe(size);
  expect(journalIds(folder.path)).toEqual({ ids: ['a'], findings: [] });
});
