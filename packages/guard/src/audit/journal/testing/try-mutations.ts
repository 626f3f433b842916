import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutation, mutations } from './mutations.ts';

// Makes each fault in a copy of the guard and runs the test that it names, which has to fail, and passes without it:
//   node packages/guard/src/audit/journal/testing/try-mutations.ts [words]
// Needs what the tests need (TEST_POSTGRES_URL spares them starting a server each time).

const repository = fileURLToPath(new URL('../../../../../../', import.meta.url));
const leftOut = new Set(['node_modules', '.git', 'dist', '.keyward']);
const [wanted = ''] = process.argv.slice(2);

const folder = await mkdtemp(join(tmpdir(), 'keyward-mutations-'));
try {
  await cp(repository, folder, { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  for (const mutation of mutations) if (mutation.what.includes(wanted)) await attempt(mutation);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function attempt({ what, file, from, to, caughtBy: [testFile, words] }: Mutation): Promise<void> {
  const path = join(folder, 'packages/guard/src', file);
  const source = await readFile(path, 'utf8');
  const passesWithout = await passes(testFile, words);
  await writeFile(
    path,
    source.replace(from, () => to),
  );
  const isCaught = !(await passes(testFile, words));
  await writeFile(path, source);
  if (!isCaught || !passesWithout) process.exitCode = 1;
  const verdict = passesWithout ? (isCaught ? 'caught' : 'NOT CAUGHT') : 'FAILS WITHOUT IT';
  process.stdout.write(`${verdict}: ${what} (${testFile}: ${words})\n`);
}

/** Whether the test ran and passed. */
function passes(testFile: string, words: string): Promise<boolean> {
  const program = join(repository, 'node_modules/vitest/vitest.mjs');
  const args = [program, 'run', `packages/guard/src/${testFile}`, '-t', words, '--testTimeout', '60000'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, timeout: 240_000 }, (error, stdout) =>
      resolve(error === null && / passed/.test(stdout)),
    );
  });
}
