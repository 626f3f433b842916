import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openEmbedded } from '@keyward/guard/database';
import { keep, release } from '../services/keep.ts';

const program = fileURLToPath(new URL('../../../apps/server/bin/keyward.js', import.meta.url));

export interface KeywardOptions {
  /** Environment besides PATH and HOME; KEYWARD_DATA is a temp folder unless it is given. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A node of the product as its users run it: a process of its own, spoken to by HTTP and by its command line. */
export class Keyward implements AsyncDisposable {
  readonly dataFolder: string;
  /** Besides PATH and HOME. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #ownsFolder: boolean;
  #process: ChildProcess | undefined;
  #output = '';
  #url = '';
  #wasKilled = false;

  private constructor(
    dataFolder: string,
    environment: Readonly<Record<string, string>>,
    ownsFolder: boolean,
  ) {
    this.dataFolder = dataFolder;
    this.environment = environment;
    this.#ownsFolder = ownsFolder;
  }

  static async create({ environment = {} }: KeywardOptions = {}): Promise<Keyward> {
    const given = environment.KEYWARD_DATA;
    const dataFolder = given ?? (await mkdtemp(join(tmpdir(), 'keyward-test-')));
    return new Keyward(dataFolder, environment, given === undefined);
  }

  /** Starts the node and waits until it listens; rejects with its output when it ends instead. */
  async start(): Promise<this> {
    const child = spawn(process.execPath, [program, 'start'], {
      env: this.#env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    // A test run that is killed, or gives up waiting for the start, leaves no node behind.
    if (this.#ownsFolder) keep(this.dataFolder, child.pid);
    this.#wasKilled = false;
    this.#output = '';
    const listening = Promise.withResolvers<string>();
    const read = (chunk: Buffer): void => {
      this.#output += chunk;
      const found = /listens on (\S+)\n/.exec(this.#output)?.[1];
      if (found !== undefined) listening.resolve(found);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    // Not its exit: what it printed last may be read after that.
    child.once('close', (code, signal) => {
      this.#wasKilled = signal !== null;
      const isFollowed = this.#process !== undefined && this.#process !== child;
      if (this.#ownsFolder && !isFollowed) keep(this.dataFolder);
      listening.reject(new Error(`keyward start ended (${code ?? signal}):\n${this.#output}`));
    });
    this.#url = await listening.promise;
    return this;
  }

  get url(): string {
    return this.#url;
  }

  /** Everything that the running process has printed. */
  get output(): string {
    return this.#output;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.#url + path, init);
  }

  /** Runs a command and gives the JSON value that it prints. */
  async cli<Result = Record<string, unknown>>(...args: string[]): Promise<Result> {
    const { stdout } = await this.run(...args);
    return JSON.parse(stdout) as Result;
  }

  /** Runs a command; rejects with its `code`, `stdout` and `stderr` when it fails. */
  run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return promisify(execFile)(process.execPath, [program, ...args], {
      env: this.#env(),
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  /** Stops the process where it is: nothing of it runs until `resume`, or ever again after `kill9`. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends the process as a power cut would end it. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to stop; its exit code, or null when a signal ended it or it does not run. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Ctrl-C in a terminal under npm: the signal comes from both. */
  async interrupt(): Promise<number | null> {
    this.#process?.kill('SIGINT');
    // Apart, or the system makes one of them.
    await delay(20);
    return this.#end('SIGINT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (!this.#ownsFolder) return;
    if (this.#wasKilled && this.environment.DATABASE_URL === undefined) await this.#stopDatabase();
    await rm(this.dataFolder, { recursive: true, force: true });
    release(this.dataFolder);
  }

  /** A database that was left behind by kill -9 is adopted, and stopped by the last one to let go of it. */
  async #stopDatabase(): Promise<void> {
    const database = await openEmbedded({ folder: this.dataFolder, role: 'tool' }).catch(() => undefined);
    await database?.detach();
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const ended = once(child, 'close');
    child.kill(signal);
    // One that is paused would never hear of it.
    child.kill('SIGCONT');
    await ended;
    return child.exitCode;
  }

  #env(): NodeJS.ProcessEnv {
    const { PATH = '', HOME = '' } = process.env;
    return { PATH, HOME, PORT: '0', ...this.environment, KEYWARD_DATA: this.dataFolder };
  }
}
