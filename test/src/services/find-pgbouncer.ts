import { fromDebianPackages } from './debian-packages.ts';
import { type Candidate, onPath, type Program, tryProgram } from './program.ts';
import type { Account } from './server-account.ts';

const name = 'pgbouncer';

/** The first PgBouncer that `account` can run: of the system, of Debian. npm has none. Throws with every reason. */
export async function findPgbouncer(account: Account | undefined): Promise<Program> {
  const reasons: string[] = [];
  for (const look of [() => onPath(name), installed, unpacked]) {
    try {
      for (const candidate of await look()) {
        try {
          return await tryProgram(candidate, name, 1, account);
        } catch (error) {
          reasons.push(`${candidate.from}: ${String(error)}`);
        }
      }
    } catch (error) {
      reasons.push(String(error));
    }
  }
  throw new Error(`no PgBouncer to test with (install pgbouncer): ${reasons.join('; ') || 'not found'}`);
}

/** Where Debian puts it, which is not on everybody's PATH. */
async function installed(): Promise<Candidate[]> {
  return [{ folder: '/usr/sbin', environment: {}, from: 'in /usr/sbin' }];
}

async function unpacked(): Promise<Candidate[]> {
  const found = await fromDebianPackages(`^${name}$`, 'usr/sbin');
  return found === undefined ? [] : [found];
}
