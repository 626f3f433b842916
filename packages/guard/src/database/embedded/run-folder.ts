import { chmodSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabaseError } from './embedded-database-error.ts';

const longestName = '/.s.PGSQL.5432';
/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, with the ending zero. */
const socketPathBytesMax = process.platform === 'darwin' ? 103 : 107;

/** The supervisor's own socket, beside PostgreSQL's. */
export function controlSocket(runFolder: string): string {
  return join(runFolder, 'control');
}

/**
 * Makes the private folder of the sockets and returns its real path: `run` in the place, or, where that path is too long
 * for a socket (O1), a link of that name to a short folder under the temporary one.
 */
export function prepareRunFolder(place: string): string {
  const found = findRunFolder(place);
  if (found !== undefined) return found;
  const path = join(place, 'run');
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(path);
  if (fits(path)) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    return path;
  }
  const folder = makeShortFolder();
  symlinkSync(folder, path);
  return folder;
}

/** The folder of the sockets; undefined when there is none, or one that another user could have put there. */
export function findRunFolder(place: string): string | undefined {
  try {
    const folder = realpathSync(join(place, 'run'));
    const stats = lstatSync(folder);
    const isPrivate = stats.uid === lstatSync(place).uid && (stats.mode & 0o077) === 0;
    return isPrivate && fits(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function fits(folder: string): boolean {
  return Buffer.byteLength(folder + longestName) <= socketPathBytesMax;
}

function makeShortFolder(): string {
  for (const parent of [tmpdir(), '/tmp']) {
    const folder = mkdtempSync(join(realpathSync(parent), 'keyward-'));
    if (fits(folder)) return folder;
  }
  throw new EmbeddedDatabaseError(
    'No folder has a path short enough for a socket. Set KEYWARD_DATA to a shorter one, or set DATABASE_URL.',
  );
}
