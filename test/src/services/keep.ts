import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '@keyward/guard';

/** A folder that must not outlive the test run, and the server that works in it, if it runs. */
export interface Kept {
  readonly folder: string;
  readonly pid?: number;
  readonly released?: true;
}

let keeper: ChildProcess | undefined;

/** From now on the folder is removed, and the process stopped, should this process die. Replaces what was said before. */
export function keep(folder: string, pid?: number): void {
  tell(pid === undefined ? { folder } : { folder, pid });
}

/** The folder is gone: nothing is left to tidy. */
export function release(folder: string): void {
  tell({ folder, released: true });
}

function tell(order: Kept): void {
  keeper ??= startKeeper();
  keeper.stdin?.write(`${JSON.stringify(order)}\n`);
}

function startKeeper(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(siblingModule(import.meta.url, './keeper'))], {
    // A session of its own, so that Ctrl-C reaches the test run only.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // The pipe must not hold the run open either; ending it is the message.
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin?.on('error', () => {});
  return child;
}
