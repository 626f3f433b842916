import type { Findings } from './findings.ts';
import type { GitEnvironment } from './git.ts';
import type { KeySearch } from './key-search.ts';

export interface ScanProgress {
  readonly phase: 'files' | 'history';
  readonly done: number;
  readonly total: number;
  /** Bytes searched in all. */
  readonly bytes: number;
}

/** What the parts of one scan share. */
export interface ScanRun {
  readonly excludes: readonly string[];
  readonly gitEnvironment: GitEnvironment;
  readonly search: KeySearch;
  readonly findings: Findings;
  /** Files, folders and repositories that could not be read, a sentence or path each. */
  readonly unread: string[];
  readonly counts: { files: number; objects: number; bytes: number };
  readonly onProgress: ((progress: ScanProgress) => void) | undefined;
  /** Lets the rest of the process have its turn, now and then. */
  pause(): Promise<void> | undefined;
}
