/** The entry is not in the journal: the disk is full, or reading and writing fail. The answer is `audit_unavailable`. */
export class JournalUnavailableError extends Error {
  constructor(message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = 'JournalUnavailableError';
  }
}

/** Another process writes to this journal. */
export class JournalInUseError extends Error {
  constructor(folder: string, processId: number) {
    super(`The journal in ${folder} is in use by process ${processId}; each node needs a folder of its own`);
    this.name = 'JournalInUseError';
  }
}
