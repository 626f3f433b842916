import { execFile } from 'node:child_process';
import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './server-account.ts';

const run = promisify(execFile);

/** A server program found somewhere, not yet tried. */
export interface Candidate {
  /** The folder it lies in. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where it comes from, in words. */
  readonly from: string;
}

export interface Program extends Candidate {
  readonly file: string;
  readonly version: string;
}

/** The folders of the PATH that hold `name`, links followed. */
export async function onPath(name: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const file = join(folder, name);
    try {
      await access(file, constants.X_OK);
      found.push({ folder: dirname(await realpath(file)), environment: {}, from: 'on the PATH' });
    } catch {
      // Not in this folder.
    }
  }
  return found;
}

/** Runs `name --version` as the server will be run. Throws when it cannot be run or is older than `majorMin`. */
export async function tryProgram(
  candidate: Candidate,
  name: string,
  majorMin: number,
  account?: Account,
): Promise<Program> {
  const file = join(candidate.folder, name);
  const { stdout } = await run(file, ['--version'], {
    env: { ...process.env, ...candidate.environment },
    cwd: '/',
    ...(account ?? {}),
  });
  const version = /\d+(\.\d+)+/.exec(stdout)?.[0] ?? '';
  if (!(Number.parseInt(version, 10) >= majorMin)) throw new Error(`${file} is ${version}`);
  return { ...candidate, file, version };
}
