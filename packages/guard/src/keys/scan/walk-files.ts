import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { matchesGlob } from 'node:path';

export interface WalkedFile {
  /** As the system has it: a name need not be UTF-8. */
  readonly bytes: Buffer;
  /** For people, from the root on. */
  readonly path: string;
}

export interface WalkEvents {
  /** A folder that git may know: it holds `.git`, or is a bare repository. */
  onRepository(folder: string): void;
  onUnreadable(path: string): void;
}

const slash = Buffer.from('/');

/**
 * The files under a folder, or the one file. Symbolic links are not followed; what git keeps for itself (`.git`, the
 * objects of a bare repository) is left to the reading of history.
 */
export function* walkFiles(
  root: string,
  excludes: readonly string[],
  events: WalkEvents,
): Generator<WalkedFile> {
  if (!lstatSync(root).isDirectory()) {
    yield { bytes: Buffer.from(root), path: root };
    return;
  }
  const folders: WalkedFile[] = [{ bytes: Buffer.from(root), path: '' }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = list(folder, events);
    const isBare = looksBare(entries);
    if (isBare || entries.some(({ name }) => name.equals(gitName)))
      events.onRepository(folder.bytes.toString());
    for (const entry of entries) {
      if (entry.name.equals(gitName) || (isBare && entry.name.equals(objectsName))) continue;
      const name = entry.name.toString();
      const path = folder.path === '' ? name : `${folder.path}/${name}`;
      if (isExcluded(path, excludes)) continue;
      const child = { bytes: Buffer.concat([folder.bytes, slash, entry.name]), path };
      if (entry.isDirectory()) folders.push(child);
      else if (entry.isFile()) yield child;
    }
  }
}

/** Whether a glob names the path, or, when it has no slash, any part of it; what is below such a folder, too. */
export function isExcluded(path: string, globs: readonly string[]): boolean {
  if (globs.length === 0) return false;
  const parts = path.split('/');
  return globs.some((glob) => {
    const plain = glob.replace(/\/+$/, '');
    if (!plain.includes('/')) return parts.some((part) => matchesGlob(part, plain));
    return parts.some((_, at) => matchesGlob(parts.slice(0, at + 1).join('/'), plain));
  });
}

const gitName = Buffer.from('.git');
const objectsName = Buffer.from('objects');

function list(folder: WalkedFile, events: WalkEvents): Dirent<Buffer>[] {
  try {
    return readdirSync(folder.bytes, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    // Gone since it was listed is no loss.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') events.onUnreadable(folder.path || '.');
    return [];
  }
}

function looksBare(entries: readonly Dirent<Buffer>[]): boolean {
  const names = new Map(entries.map((entry) => [entry.name.toString('latin1'), entry]));
  return Boolean(
    names.get('HEAD')?.isFile() && names.get('objects')?.isDirectory() && names.get('refs')?.isDirectory(),
  );
}
