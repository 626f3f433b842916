import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../../apps/server/bin/keyward.js', import.meta.url));

/** Runs a command and kills it with -9 as soon as `isTime`. Rejects with what it printed when it ends before that. */
export async function killCommandWhen(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  isTime: () => Promise<boolean>,
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const ended = once(child, 'exit');
  while (child.exitCode === null && !(await isTime())) await delay(5);
  child.kill('SIGKILL');
  const [, signal] = await ended;
  if (signal !== 'SIGKILL') throw new Error(`the command ended before it was killed: ${said}`);
}
