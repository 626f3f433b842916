import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Git, type GitEnvironment, openGit } from './git.ts';
import { ScanError } from './scan-error.ts';

export interface Repository {
  readonly folder: string;
  readonly git: Git;
}

/** The nearest folder above that git may know. */
export function enclosingRepository(folder: string): string | undefined {
  for (let at = dirname(folder), below = folder; at !== below; below = at, at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
  }
  return undefined;
}

/**
 * The repositories of the folders, each once however many working trees it has. A folder that only looks like one is
 * told to `onUnread`; throws `ScanError` when git is missing or does not trust a repository.
 */
export async function findRepositories(
  folders: readonly string[],
  environment: GitEnvironment,
  onUnread: (sentence: string) => void,
): Promise<Repository[]> {
  const found = new Map<string, Repository>();
  for (const folder of folders) {
    const git = openGit(folder, environment);
    try {
      const place = await objectStoreOf(folder, git);
      if (!found.has(place)) found.set(place, { folder, git });
    } catch (error) {
      if (!(error instanceof ScanError) || !isNoRepository(error)) throw error;
      onUnread(error.message);
    }
  }
  return [...found.values()];
}

async function objectStoreOf(folder: string, git: Git): Promise<string> {
  for await (const line of git.lines('rev-parse', '--git-common-dir'))
    return realpathSync(resolve(folder, line));
  throw new ScanError(`git could not read ${folder}: it names no repository`);
}

function isNoRepository({ message }: ScanError): boolean {
  return /not a git repository|invalid gitfile/.test(message);
}
