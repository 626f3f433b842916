/** A fault that somebody could make, and the test that then fails. */
export interface Mutation {
  readonly what: string;
  /** In `packages/guard/src`. */
  readonly file: string;
  /** Stands once in the file. */
  readonly from: string;
  readonly to: string;
  /** A test file of `packages/guard/src`, and words of the test's name. */
  readonly caughtBy: readonly [file: string, words: string];
}

const writer = 'audit/journal/journal-writer.ts';
const roomTest = 'audit/journal/journal-room.test.ts';
const journalTest = 'audit/journal/journal.test.ts';

/** `try-mutations.ts` makes each of them in a copy and sees the test that it names fail. */
export const mutations: readonly Mutation[] = [
  {
    what: 'the entry is not written',
    file: writer,
    from: '      writeAll(files, segment.file, record, segment.byteOffset);\n',
    to: '',
    caughtBy: [journalTest, 'segments end at their size'],
  },
  {
    what: 'an entry is said to be on the disk without a sync',
    file: 'audit/journal/journal.ts',
    from: '    await this.#parts.commit.sync();\n',
    to: '',
    caughtBy: [journalTest, 'synced when appendSynced does'],
  },
  {
    what: 'a sync does not reach the disk',
    file: writer,
    from: '      await files.fdatasync(segment.file);\n',
    to: '',
    caughtBy: [journalTest, 'synced when appendSynced does'],
  },
  {
    what: 'the name of a new segment is not synced',
    file: writer,
    from: '      await files.syncFolder(folder);\n',
    to: '',
    caughtBy: [journalTest, 'the name of a segment is on the disk'],
  },
  {
    what: 'after a failed sync the same segment is synced again and believed',
    file: writer,
    from: '        this.#writeAgain();\n',
    to: '',
    caughtBy: [journalTest, 'the same segment is not trusted'],
  },
  {
    what: 'what a failed write has left stays in the segment',
    file: writer,
    from: 'if (this.#current === segment) this.#retire();\n    this.#truncate(segment);',
    to: 'if (this.#current === segment) this.#retire();',
    caughtBy: [roomTest, 'one failure of the disk costs no entry'],
  },
  {
    what: 'a torn record at the end of a finished segment is waited for',
    file: 'audit/journal/read-journal.ts',
    from: 'at.byteOffset, following !== undefined, limits)',
    to: 'at.byteOffset, false, limits)',
    caughtBy: ['audit/journal/read-journal.test.ts', 'a record torn at any byte is not read'],
  },
  {
    what: 'a record that is being written is taken for a torn one',
    file: 'audit/journal/read-journal.ts',
    from: 'at.byteOffset, following !== undefined, limits)',
    to: 'at.byteOffset, true, limits)',
    caughtBy: ['audit/journal/read-journal.test.ts', 'still being written is waited for'],
  },
  {
    what: 'the checksum of a record is not looked at',
    file: 'audit/journal/record.ts',
    from: "  if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) return { kind: 'bad' };\n",
    to: '',
    caughtBy: ['audit/journal/record.test.ts', 'reads back as it was written'],
  },
  {
    what: 'two that ship do not look whether the other was there first',
    file: 'audit/shipping/ship-batch.ts',
    from: 'isSamePosition(await lockPosition(client, nodeId), ',
    to: '(() => true)(await lockPosition(client, nodeId), ',
    // With the test before it, which makes the partition of the month.
    caughtBy: ['audit/shipping/ship-once.test.ts', 'A2: s'],
  },
  {
    what: 'there is no reserve',
    file: writer,
    from: 'return this.#put(record, this.#useReserve());',
    to: 'throw failure;',
    caughtBy: [roomTest, 'changes are refused while the reserve is left'],
  },
  {
    what: 'a reserve that was in use when power failed is used as it is',
    file: 'audit/journal/zero-file.ts',
    from: 'if (bytesRead === 0 || !isBlank(chunk.subarray(0, bytesRead))) return false;',
    to: 'if (bytesRead === 0) return false;',
    caughtBy: [roomTest, 'a reserve that holds records'],
  },
  {
    what: 'low-disk mode begins only when the reserve is touched',
    file: 'audit/journal/journal-room.ts',
    from: 'this.#freeBytes < enough || ',
    to: '',
    caughtBy: [roomTest, 'low-disk mode begins while the reserve is untouched'],
  },
  {
    what: 'the journal has no cap',
    file: 'audit/journal/journal-room.ts',
    from: 'return this.#usedBytes + byteLength <= this.#bytesMax;',
    to: 'return true;',
    caughtBy: [roomTest, 'a journal at its cap'],
  },
  {
    what: 'a gap is forgotten when there is room again',
    file: 'audit/journal/journal-room.ts',
    from: '    this.#options.onChecked();\n',
    to: '',
    caughtBy: [roomTest, 'which is an entry when there is room again'],
  },
  {
    what: 'a change is begun though it cannot be recorded',
    file: 'pipeline.ts',
    from: 'return changesSomething(route) && !takesChanges() ? auditAway : undefined;',
    to: 'return changesSomething(route) && !takesChanges() ? undefined : undefined;',
    caughtBy: ['recorder.test.ts', 'refused with 503 before its handler runs'],
  },
  {
    what: 'a change that could not be recorded is acknowledged',
    file: 'recorder.ts',
    from: 'return !isChange;',
    to: 'return true;',
    caughtBy: ['recorder.test.ts', 'cannot be recorded after all is not acknowledged'],
  },
  {
    what: 'the answer to an administrative change does not wait for the disk',
    file: 'recorder.ts',
    from: 'syncBeforeAnswer || isAdministrative(mounted)',
    to: 'syncBeforeAnswer',
    caughtBy: ['recorder.test.ts', 'the entry of an administrative change is on the disk'],
  },
  {
    what: 'the journal of a live process is adopted',
    file: 'audit/journal/adopt-journal.ts',
    from: 'const unlock = lockFolder(options.folder);',
    to: 'const unlock = () => {};',
    caughtBy: ['audit/journal/adopt-journal.test.ts', 'the journal of a live process is not taken'],
  },
];
