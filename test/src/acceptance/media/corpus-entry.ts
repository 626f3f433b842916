/** A file that somebody might send, and what must become of it. */
export interface CorpusEntry {
  readonly name: string;
  readonly content: Buffer;
  /** The statuses that are right; mostly one. */
  readonly status: readonly number[];
  readonly preserve?: boolean;
  /** Texts that what is kept must not hold. */
  readonly without?: readonly string[];
  /** Of the answer. */
  readonly described?: Readonly<Record<string, unknown>>;
  /** Whether every byte must be kept. */
  readonly isKeptWhole?: boolean;
}

type More = Omit<CorpusEntry, 'name' | 'content' | 'status'>;

export function kept(name: string, content: Buffer, more: More = {}): CorpusEntry {
  return { name, content, status: [201], ...more };
}

/** 415 `invalid_file_type`. */
export function refused(name: string, content: Buffer, more: More = {}): CorpusEntry {
  return { name, content, status: [415], ...more };
}

/** 413 `file_too_large`. */
export function tooLarge(name: string, content: Buffer, more: More = {}): CorpusEntry {
  return { name, content, status: [413], ...more };
}
