import { type JournalFiles, systemFiles } from '../journal/journal-files.ts';

type Call = keyof JournalFiles;

export interface FailingFiles extends JournalFiles {
  /** Calls so far, those that failed included. */
  readonly calls: number;
}

/**
 * The file system, except that the call of this number (from 1) fails, and the `count - 1` after it.
 * A failing write leaves half of its bytes behind, as a full disk does.
 */
export function failingFiles(first: number, count = 1, code = 'EIO'): FailingFiles {
  let calls = 0;
  const fails = (): boolean => {
    calls += 1;
    return calls >= first && calls < first + count;
  };
  const failure = (call: Call) => Object.assign(new Error(`${code}: ${call}`), { code });
  const refuseOr = <R>(call: Call, work: () => R): R => {
    if (fails()) throw failure(call);
    return work();
  };
  return {
    get calls() {
      return calls;
    },
    create: (path) => refuseOr('create', () => systemFiles.create(path)),
    write(file, bytes, from, position) {
      if (!fails()) return systemFiles.write(file, bytes, from, position);
      const half = bytes.subarray(0, from + ((bytes.length - from) >> 1));
      systemFiles.write(file, half, from, position);
      throw failure('write');
    },
    truncate: (file, length) => refuseOr('truncate', () => systemFiles.truncate(file, length)),
    rename: (from, to) => refuseOr('rename', () => systemFiles.rename(from, to)),
    reserve: async (path, length, signal) =>
      refuseOr('reserve', () => systemFiles.reserve(path, length, signal)),
    freeBytes: async (folder) => refuseOr('freeBytes', () => systemFiles.freeBytes(folder)),
    fdatasync: async (file) => refuseOr('fdatasync', () => systemFiles.fdatasync(file)),
    syncFolder: async (path) => refuseOr('syncFolder', () => systemFiles.syncFolder(path)),
    close: (file) => refuseOr('close', () => systemFiles.close(file)),
    unlink: (path) => refuseOr('unlink', () => systemFiles.unlink(path)),
  };
}
