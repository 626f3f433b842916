import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EmbeddedDatabaseError, messageOf } from './embedded-database-error.ts';
import { type Binaries, linkLibraries, locateBinaries } from './locate-binaries.ts';
import { openSystemFolder, type Place } from './prepare-place.ts';
import { canReadAll } from './reachable.ts';

/** npm's binaries where PostgreSQL's user can read them, else a copy that he can: one per version. */
export function provideBinaries(place: Place, systemFolder: string, packaged = locateBinaries()): Binaries {
  const isComplete = linkLibraries(packaged.folder);
  if (isComplete && (place.runAs === undefined || canReadAll(packaged.folder, place.runAs))) return packaged;
  const folder = join(copiesFolder(place, systemFolder), `keyward-binaries-${packaged.version}`);
  if (!isOurs(folder)) copyBinaries(packaged.folder, folder);
  return { folder, version: packaged.version };
}

/** Root writes its copy only where no other user can move it about meanwhile. */
function copiesFolder(place: Place, systemFolder: string): string {
  if (place.runAs === undefined) return place.folder;
  return openSystemFolder(systemFolder, place.runAs) ?? realpathSync(tmpdir());
}

function isOurs(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.();
}

function copyBinaries(source: string, target: string): void {
  try {
    const draft = mkdtempSync(`${target}-`);
    try {
      cpSync(source, draft, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !path.endsWith('.a'),
      });
      linkLibraries(draft);
      openToAll(draft);
      renameSync(draft, target);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  } catch (error) {
    // Another start may have been quicker.
    if (isOurs(target)) return;
    throw new EmbeddedDatabaseError(
      `PostgreSQL's binaries cannot be copied to ${dirname(target)} (${messageOf(error)}). ` +
        'Make room there, or set DATABASE_URL.',
    );
  }
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
