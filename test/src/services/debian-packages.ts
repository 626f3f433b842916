import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Candidate } from './program.ts';

const execute = promisify(execFile);
// Only root comes here; the folder is root's own, and everybody may read it.
const cache = '/var/cache/keyward-test';
// Servers and the libraries they load; their start scripts, and perl for those, are not wanted.
const servers = /^(lib(?!perl)|postgresql-\d|redis-|valkey-|pgbouncer|strace)/;

/**
 * Unpacks a Debian package and what it needs beside the system, so that nothing is installed and nothing is started.
 * `pattern` names it (a regular expression of apt); of several the one that sorts first is taken.
 * Undefined where this is not root on Debian or there is no such package.
 */
export async function fromDebianPackages(pattern: string, binFolder: string): Promise<Candidate | undefined> {
  if (process.getuid?.() !== 0 || !(await exists('/usr/bin/apt-get'))) return undefined;
  const name = (await namesOf(pattern)) ?? (await apt('/', 'update').then(() => namesOf(pattern)));
  if (name === undefined) return undefined;
  const root = join(cache, name);
  if (!(await exists(root))) await unpack(name, root);
  const [folder] = globSync(join(root, binFolder));
  if (folder === undefined) return undefined;
  const libraries = globSync(join(root, '{lib,usr/lib}/*-linux-gnu*'));
  const environment = { LD_LIBRARY_PATH: libraries.join(':') };
  return { folder, environment, from: `unpacked from the Debian package ${name}` };
}

async function namesOf(pattern: string): Promise<string | undefined> {
  const { stdout } = await execute('apt-cache', ['search', '--names-only', pattern]);
  const names = stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
  return names.sort()[0];
}

/** Into a folder of another name first: who finds the folder finds it whole. */
async function unpack(name: string, root: string): Promise<void> {
  await mkdir(cache, { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(join(cache, 'unpacking-'));
  try {
    const wanted = await apt(folder, 'install', '--simulate', '--no-install-recommends', name);
    const packages = [...wanted.matchAll(/^Inst (\S+)/gm)].flatMap((match) => match[1] ?? []);
    await apt(folder, 'download', ...packages.filter((one) => servers.test(one)));
    for (const file of await readdir(folder)) await execute('dpkg', ['-x', file, 'root'], { cwd: folder });
    await chmod(join(folder, 'root'), 0o755);
    await rename(join(folder, 'root'), root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function apt(folder: string, ...args: string[]): Promise<string> {
  return (await execute('apt-get', ['-qq', ...args], { cwd: folder })).stdout;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
