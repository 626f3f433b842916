import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EmbeddedDatabaseError, systemErrorCode } from './embedded-database-error.ts';
import { createFolderFor } from './folder-for.ts';
import { canTraverse } from './reachable.ts';
import { chooseRunAs, type RunAs } from './run-as.ts';

/** Where the cluster, its sockets and its logs live. */
export interface Place {
  /** Real path; belongs to `runAs`, or to us. */
  readonly folder: string;
  /** Undefined when we are not root: PostgreSQL runs as ourselves. */
  readonly runAs: RunAs | undefined;
}

export interface PlaceOptions {
  /** KEYWARD_DATA, absolute. */
  readonly dataFolder: string;
  /** Where root keeps what the unprivileged user cannot reach elsewhere, such as `/var/lib/keyward`. */
  readonly systemFolder: string;
  readonly log: (message: string) => void;
}

/** The place that an earlier start has made; undefined when there was none. */
export function findPlace(dataFolder: string): string | undefined {
  const entry = join(dataFolder, 'postgres');
  try {
    return realpathSync(entry);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    if (lstatSync(entry, { throwIfNoEntry: false }) === undefined) return undefined;
    throw new EmbeddedDatabaseError(
      `${entry} says where the database is, but nothing is there. ` +
        'Put the database back, or delete that link to begin with an empty one.',
    );
  }
}

/**
 * Makes `postgres` in KEYWARD_DATA, or a link of that name to a place that the unprivileged user can reach
 * when a folder above KEYWARD_DATA keeps it out. Nothing outside KEYWARD_DATA is made more open.
 */
export function preparePlace(options: PlaceOptions): Place {
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
  const dataFolder = realpathSync(options.dataFolder);
  const entry = join(dataFolder, 'postgres');
  const found = findPlace(dataFolder);
  const runAs = chooseRunAs(statSync(found ?? dataFolder));
  if (runAs === undefined) return { folder: found ?? createFolderFor(entry, undefined), runAs };
  refuseForeignLink(entry);
  const parentIsOpen = canTraverse(dirname(dataFolder), runAs);
  if (found === undefined && !parentIsOpen) makeOutside({ ...options, dataFolder }, entry, runAs);
  else if (found === undefined || found === entry) openToTraverse(dataFolder, runAs);
  const folder = createFolderFor(findPlace(dataFolder) ?? entry, runAs);
  if (!canTraverse(folder, runAs)) throw unreachable(folder, runAs);
  return { folder, runAs };
}

/** Root follows its own links only: what they point at is handed to the unprivileged user. */
function refuseForeignLink(entry: string): void {
  const stats = lstatSync(entry, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isSymbolicLink() || stats.uid === 0) return;
  throw new EmbeddedDatabaseError(
    `${entry} is a link of user ${stats.uid}, which root does not follow. Start as that user.`,
  );
}

/** SPEC O1: 0711 lets the user walk through, and what was private behind the closed folder is closed itself first. */
function openToTraverse(dataFolder: string, runAs: RunAs): void {
  if (canTraverse(dataFolder, runAs)) return;
  for (const entry of readdirSync(dataFolder, { withFileTypes: true })) {
    if (entry.isSymbolicLink() || entry.name === 'postgres') continue;
    const path = join(dataFolder, entry.name);
    chmodSync(path, statSync(path).mode & 0o700);
  }
  chmodSync(dataFolder, 0o711);
}

function makeOutside(options: PlaceOptions, entry: string, runAs: RunAs): void {
  const target = outsideFolder(options, runAs);
  try {
    symlinkSync(target.folder, entry);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    if (target.isTemporary) rmdirSync(target.folder);
    return;
  }
  const warning = target.isTemporary ? ' That is a temporary folder, which a reboot may empty.' : '';
  options.log(
    `User ${runAs.uid}, whom PostgreSQL runs as, cannot reach ${options.dataFolder}: ` +
      `the database lives in ${target.folder}.${warning}`,
  );
}

function outsideFolder(options: PlaceOptions, runAs: RunAs): { folder: string; isTemporary: boolean } {
  const system = openSystemFolder(options.systemFolder, runAs);
  if (system !== undefined) {
    const hash = createHash('sha256').update(options.dataFolder).digest('hex').slice(0, 16);
    return { folder: createFolderFor(join(system, hash), runAs), isTemporary: false };
  }
  const parent = mkdtempSync(join(realpathSync(tmpdir()), 'keyward-'));
  chmodSync(parent, 0o711);
  return { folder: createFolderFor(join(parent, 'postgres'), runAs), isTemporary: true };
}

/** The system folder's real path, made if need be; undefined where it is not our own (we are root), writable and reachable. */
export function openSystemFolder(path: string, runAs: RunAs): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode: 0o711 });
    const folder = realpathSync(path);
    return statSync(folder).uid === process.getuid?.() && canTraverse(folder, runAs) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function unreachable(folder: string, runAs: RunAs): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    `PostgreSQL cannot run as root, and user ${runAs.uid} cannot reach ${folder}. ` +
      'Open the folders above it with chmod o+x, start as another user than root, or set DATABASE_URL.',
  );
}
