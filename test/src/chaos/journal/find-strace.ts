import { join } from 'node:path';
import { fromDebianPackages } from '../../services/debian-packages.ts';
import { onPath } from '../../services/program.ts';
import { say } from '../rounds.ts';

export interface Strace {
  readonly path: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** strace of the system, or of Debian. Undefined, and said so, where there is none; with CI=true that is a failure. */
export async function findStrace(): Promise<Strace | undefined> {
  const reasons: string[] = [];
  for (const look of [
    () => onPath('strace'),
    async () => [await fromDebianPackages('^strace$', 'usr/bin')],
  ]) {
    try {
      const [found] = await look();
      if (found !== undefined) return { path: join(found.folder, 'strace'), environment: found.environment };
    } catch (error) {
      reasons.push(String(error));
    }
  }
  const words = `no strace (install it): the faults of the file system are not injected ${reasons.join('; ')}`;
  if (process.env.CI === 'true') throw new Error(words);
  say(words);
  return undefined;
}
