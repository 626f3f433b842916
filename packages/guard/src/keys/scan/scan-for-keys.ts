import { realpathSync, statSync } from 'node:fs';
import type { Clock } from '../../clock.ts';
import type { KeyringKey } from '../../encryption/keyring.ts';
import { enclosingRepository, findRepositories } from './find-repositories.ts';
import { collectFindings } from './findings.ts';
import type { GitEnvironment } from './git.ts';
import { createKeySearch } from './key-search.ts';
import { createPauses } from './pauses.ts';
import { scanFiles } from './scan-files.ts';
import { scanHistory } from './scan-history.ts';
import type { ScanProgress, ScanRun } from './scan-run.ts';
import type { Sighting } from './sighting.ts';

export interface ScanOptions {
  /** A file or folder. */
  readonly path: string;
  /** Whether the history of every git repository in it, and of the one around it, is searched too. */
  readonly historyIsRead: boolean;
  /** Globs of paths from `path` on; one without a slash names a file or folder anywhere. */
  readonly excludes: readonly string[];
  /** Tell our keys from inventions (K1). Undefined: whatever has the form is reported as unchecked. */
  readonly checksumKeys: readonly KeyringKey[] | undefined;
  /** Whether what has the form and is none of ours is reported too. */
  readonly lookalikesAreShown: boolean;
  readonly gitEnvironment: GitEnvironment;
  readonly clock: Clock;
  readonly onProgress?: (progress: ScanProgress) => void;
}

export interface ScanResult {
  /** With the full keys: for this process only. */
  readonly sightings: readonly Sighting[];
  readonly leftOut: number;
  readonly lookalikes: number;
  /** What could not be read; a scan with any is not complete. */
  readonly unread: readonly string[];
  readonly repositories: readonly string[];
  readonly files: number;
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Searches a file, or a folder with its git history, for keys (K12). Memory does not grow with what is searched. Throws
 * `ScanError` when git is needed and missing, or refuses; rejects with the system's error when there is no such path.
 */
export async function scanForKeys(options: ScanOptions): Promise<ScanResult> {
  const root = realpathSync(options.path);
  const run = startRun(options);
  const folders = await scanFiles(root, run);
  const repositories = options.historyIsRead ? await repositoriesOf(root, folders, run) : [];
  for (const { folder, git } of repositories) await scanHistory(folder, git, run);
  const { findings, counts, unread } = run;
  return {
    sightings: findings.sightings,
    leftOut: findings.leftOut,
    lookalikes: findings.lookalikes,
    unread,
    repositories: repositories.map(({ folder }) => folder),
    ...counts,
  };
}

function repositoriesOf(root: string, folders: readonly string[], run: ScanRun) {
  const isFolder = statSync(root).isDirectory();
  const around = isFolder && !folders.includes(root) ? enclosingRepository(root) : undefined;
  const all = around === undefined ? folders : [around, ...folders];
  return findRepositories(all, run.gitEnvironment, (sentence) => void run.unread.push(sentence));
}

function startRun(options: ScanOptions): ScanRun {
  return {
    excludes: options.excludes,
    gitEnvironment: options.gitEnvironment,
    search: createKeySearch(),
    findings: collectFindings(options),
    unread: [],
    counts: { files: 0, objects: 0, bytes: 0 },
    onProgress: options.onProgress,
    pause: createPauses(options.clock),
  };
}
