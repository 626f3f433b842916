import { globSync } from 'node:fs';
import { fromDebianPackages } from './debian-packages.ts';
import { embeddedPostgres } from './embedded-postgres.ts';
import { type Candidate, onPath, type Program, tryProgram } from './program.ts';
import type { Account } from './server-account.ts';

const majorMin = 15;

/**
 * The first PostgreSQL of the supported versions that `account` can run: of the system, of Debian, of npm.
 * `folder`: where it may be copied to. Throws with every reason when there is none.
 */
export async function findPostgres(folder: string, account: Account | undefined): Promise<Program> {
  const reasons: string[] = [];
  for (const look of [
    () => onPath('postgres'),
    installed,
    unpacked,
    async () => [await embeddedPostgres(folder)],
  ]) {
    try {
      for (const candidate of await look()) {
        try {
          await tryProgram(candidate, 'initdb', majorMin, account);
          return await tryProgram(candidate, 'postgres', majorMin, account);
        } catch (error) {
          reasons.push(`${candidate.from}: ${String(error)}`);
        }
      }
    } catch (error) {
      reasons.push(String(error));
    }
  }
  throw new Error(`no PostgreSQL ${majorMin} or newer to test with:\n${reasons.join('\n')}`);
}

/** Debian's folders, the oldest supported version first: it is the one that most needs to be tested. */
async function installed(): Promise<Candidate[]> {
  const folders = globSync('/usr/lib/postgresql/*/bin');
  return folders.sort().map((folder) => ({ folder, environment: {}, from: `in ${folder}` }));
}

async function unpacked(): Promise<Candidate[]> {
  const found = await fromDebianPackages('^postgresql-1[5-9]$', 'usr/lib/postgresql/*/bin');
  return found === undefined ? [] : [found];
}
