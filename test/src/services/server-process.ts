import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './server-account.ts';

export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: our own. */
  readonly account?: Account | undefined;
}

export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<void>;
  readonly isRunning: () => boolean;
  signal(name: NodeJS.Signals): void;
  /** Asks by `name`, and after `graceMs` milliseconds insists. */
  end(name: NodeJS.Signals, graceMs: number): Promise<void>;
}

const logName = 'server.log';

/** Starts a server whose output goes to `server.log` in `folder`. */
export async function startServerProcess(command: ServerCommand, folder: string): Promise<ServerProcess> {
  const log = openSync(join(folder, logName), 'a');
  const child = spawn(command.file, command.args, {
    cwd: folder,
    // A session of its own: Ctrl-C ends the tests first, and they end the server.
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...command.environment },
    ...(command.account ?? {}),
  });
  closeSync(log);
  let running = true;
  const exited = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      running = false;
      resolve();
    });
  });
  if (child.pid === undefined) await exited;
  return {
    pid: child.pid as number,
    exited,
    isRunning: () => running,
    signal: (name) => child.kill(name),
    async end(name, graceMs) {
      if (!running) return;
      child.kill(name);
      const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(insist);
    },
  };
}

/** Waits until `answers` succeeds. Throws with the end of the log when the server dies or stays silent for 60 s. */
export async function untilReady(
  server: ServerProcess,
  folder: string,
  answers: () => Promise<unknown>,
): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      await answers();
      return;
    } catch (error) {
      if (!server.isRunning() || performance.now() > deadline) {
        throw new Error(`${String(error)}\n${serverLogEnd(folder)}`, { cause: error });
      }
    }
    await delay(20);
  }
}

function serverLogEnd(folder: string): string {
  return readFileSync(join(folder, logName), 'utf8').slice(-2_000);
}
