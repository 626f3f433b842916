import { closeSync, constants, fchownSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { systemErrorCode } from './embedded-database-error.ts';
import type { RunAs } from './run-as.ts';

/** Makes a private folder (0700) that belongs to `owner`, or takes the one that is there. Returns its real path. */
export function createFolderFor(path: string, owner: RunAs | undefined): string {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  if (owner !== undefined) {
    // By descriptor: the folder above may belong to another user, who could put a link in its place meanwhile.
    const folder = openSync(path, constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      fchownSync(folder, owner.uid, owner.gid);
    } finally {
      closeSync(folder);
    }
  }
  return realpathSync(path);
}
