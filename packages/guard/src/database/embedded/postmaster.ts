import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedDatabaseError, messageOf, systemErrorCode } from './embedded-database-error.ts';
import { pingServer } from './ping-server.ts';
import { disownPostmasterFile, findPostmaster, readPostmasterFile } from './postmaster-file.ts';
import { isPostmasterOf } from './process-identity.ts';
import { openLog, tailLog } from './server-log.ts';
import { fixedSettings } from './settings.ts';

export interface PostmasterOptions {
  readonly place: string;
  readonly dataFolder: string;
  readonly runFolder: string;
  readonly binariesFolder: string;
  /** Called when the server ends without having been told to. */
  readonly onDeath: () => void;
}

/** Recovery after a crash may have to replay a gigabyte of log. */
const startMsMax = 600_000;
const fastStopMsMax = 30_000;
const pollMs = 20;
const watchMs = 1_000;

/** The server's main process: started by us, or found running and adopted. */
export class Postmaster {
  readonly #options: PostmasterOptions;
  #pid: number | undefined;
  #child: ChildProcess | undefined;
  #watch: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: PostmasterOptions) {
    this.#options = options;
  }

  /** Resolves when sessions are accepted. Throws with the last lines of the server's log. */
  async start(): Promise<void> {
    for (let waitedMs = 0; waitedMs < startMsMax && !this.#isStopping; waitedMs += 200) {
      if (findPostmaster(this.#options.dataFolder) !== undefined) {
        if (await this.#adopt()) return;
      } else if (await this.#launch()) {
        return;
      }
      await sleep(200);
    }
    throw this.#failure('PostgreSQL did not become ready.');
  }

  /** Ends the sessions and stops cleanly (fast shutdown); after 30 s without a checkpoint, which the next start makes up. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#watch);
    const pid = this.#pid ?? findPostmaster(this.#options.dataFolder)?.pid;
    if (pid === undefined) return;
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      if (!this.#lives(pid)) return;
      this.#signal(pid, signal);
      for (let waitedMs = 0; waitedMs < fastStopMsMax && this.#lives(pid); waitedMs += pollMs)
        await sleep(pollMs);
    }
  }

  /** Takes over a running server that answers where we expect it; stops one that does not. */
  async #adopt(): Promise<boolean> {
    const { dataFolder, runFolder } = this.#options;
    let found = findPostmaster(dataFolder);
    for (let waitedMs = 0; found?.isReady === false && waitedMs < startMsMax; waitedMs += pollMs) {
      await sleep(pollMs);
      found = findPostmaster(dataFolder);
    }
    if (found === undefined) return false;
    if (found.socketFolder !== runFolder || !(await pingServer(runFolder))) {
      await this.stop();
      this.#isStopping = false;
      return false;
    }
    const { pid } = found;
    this.#pid = pid;
    this.#watch = setInterval(() => {
      if (!isPostmasterOf(pid, dataFolder)) this.#died();
    }, watchMs);
    return true;
  }

  /** False when it gave up because something of an earlier server is still there: worth another try. */
  async #launch(): Promise<boolean> {
    const { dataFolder, place } = this.#options;
    disownPostmasterFile(dataFolder);
    const child = this.#spawn();
    this.#child = child;
    this.#pid = child.pid;
    let isReady = false;
    let ended: string | undefined;
    child.once('error', (error) => {
      ended = messageOf(error);
    });
    child.once('exit', (code, signal) => {
      ended = `It ended with ${signal ?? `code ${code}`}.`;
      if (isReady) this.#died();
    });
    for (let waitedMs = 0; waitedMs < startMsMax && ended === undefined; waitedMs += pollMs) {
      await sleep(pollMs);
      const file = readPostmasterFile(dataFolder);
      isReady = ended === undefined && file?.isReady === true && file.pid === child.pid;
      if (isReady) return true;
    }
    this.#child = undefined;
    this.#pid = undefined;
    const lastLines = tailLog(place, 'postgres.log').split('\n').slice(-4).join('\n');
    if (/still in use|already exists/.test(lastLines)) return false;
    throw this.#failure(`PostgreSQL did not start. ${ended ?? ''}`);
  }

  #spawn(): ChildProcess {
    const { binariesFolder, dataFolder, place, runFolder } = this.#options;
    const settings = Object.entries(fixedSettings(runFolder)).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const log = openLog(place, 'postgres.log');
    try {
      return spawn(join(binariesFolder, 'bin', 'postgres'), ['-D', dataFolder, ...settings], {
        cwd: '/',
        // macOS: without a locale PostgreSQL would ask the system for one and become multithreaded, which it refuses.
        env: { LC_ALL: 'C' },
        // Its own process group: neither Ctrl-C nor our death is its own.
        detached: true,
        stdio: ['ignore', log, log],
      });
    } finally {
      closeSync(log);
    }
  }

  #signal(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (systemErrorCode(error) !== 'ESRCH') throw error;
    }
  }

  #lives(pid: number): boolean {
    if (this.#child?.pid === pid) return this.#child.exitCode === null && this.#child.signalCode === null;
    return isPostmasterOf(pid, this.#options.dataFolder);
  }

  #died(): void {
    clearInterval(this.#watch);
    this.#pid = undefined;
    this.#child = undefined;
    if (!this.#isStopping) this.#options.onDeath();
  }

  #failure(message: string): EmbeddedDatabaseError {
    const { place } = this.#options;
    return new EmbeddedDatabaseError(
      `${message} The end of ${join(place, 'postgres.log')}:\n${tailLog(place, 'postgres.log')}`,
    );
  }
}
