/**
 * Why an entry was not taken.
 * - `no_room`: the disk or the journal's cap is full. `failing`: the disk refuses to be written.
 * - `behind`: too much waits to be synced. `closed`: the journal is.
 * - `unsynced`: the entry is in the file, and not on the disk yet; that is tried again.
 */
export type JournalRefusal = 'no_room' | 'failing' | 'behind' | 'closed' | 'unsynced';

/** The journal did not do what was asked. The answer is `audit_unavailable`, or the request is counted in the gap. */
export class JournalUnavailableError extends Error {
  readonly refusal: JournalRefusal;
  constructor(refusal: JournalRefusal, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = 'JournalUnavailableError';
    this.refusal = refusal;
  }
}

/** Another process writes to this journal. */
export class JournalInUseError extends Error {
  constructor(folder: string, processId: number) {
    super(`The journal in ${folder} is in use by process ${processId}; each node needs a folder of its own`);
    this.name = 'JournalInUseError';
  }
}

/** The folder holds no journal. */
export class NoJournalError extends Error {
  constructor(folder: string, hint: string) {
    super(`${folder} holds no journal: ${hint}`);
    this.name = 'NoJournalError';
  }
}

/** Whether the file system, or a quota of it, is full. */
export function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
