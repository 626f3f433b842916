import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPostmasterOf } from './process-identity.ts';

/** What `postmaster.pid` says: PostgreSQL's lock on its data folder. */
export interface PostmasterFile {
  readonly pid: number;
  readonly socketFolder: string | undefined;
  /** Accepts sessions; before that it may be recovering from a crash. */
  readonly isReady: boolean;
}

/** Undefined when there is no such file, or a half-written one. */
export function readPostmasterFile(dataFolder: string): PostmasterFile | undefined {
  const lines = readLines(dataFolder);
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, socketFolder: lines[4] || undefined, isReady: lines[7]?.trim() === 'ready' };
}

/** The postmaster that runs on this folder, whoever started it. */
export function findPostmaster(dataFolder: string): PostmasterFile | undefined {
  const file = readPostmasterFile(dataFolder);
  return file !== undefined && isPostmasterOf(file.pid, dataFolder) ? file : undefined;
}

/**
 * Makes a stale file harmless when its process id now belongs to something else, which PostgreSQL would take for a
 * running server. A file that names the starter itself is stale to PostgreSQL, and unlike a removed one it still names
 * the shared memory, so that a surviving backend of the dead server keeps the new one from starting beside it.
 */
export function disownPostmasterFile(dataFolder: string): void {
  const lines = readLines(dataFolder);
  if (lines.length === 0) return;
  writeFileSync(join(dataFolder, 'postmaster.pid'), [String(process.pid), ...lines.slice(1)].join('\n'));
}

function readLines(dataFolder: string): string[] {
  try {
    return readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}
