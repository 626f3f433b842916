import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { siblingModule } from '@keyward/guard';
import {
  type Busy,
  busy,
  type Job,
  malformed,
  type Outcome,
  oversized,
  type RefusedFile,
  readyMessage,
} from './job.ts';
import { memoryExitCode } from './memory-exit-code.ts';

const tooSlow = oversized('Examining the file takes too long.');
const tooLarge = oversized('Examining the file takes too much memory.');
const crashed = malformed('The file could not be decoded.');

export interface ExamineWorkerOptions {
  readonly program?: URL;
  /**
   * Milliseconds until the process is ready for its first job. It yields to everybody else, so that a busy machine may keep
   * it for long: that is `busy`, and no fault of the file.
   */
  readonly startMsMax: number;
  /** Milliseconds for one job, from when the process is ready. */
  readonly jobMsMax: number;
}

/** One child process that does one job at a time. Once dead it stays dead: the pool makes another. */
export class ExamineWorker {
  readonly #child: ChildProcess;
  readonly #options: ExamineWorkerOptions;
  #isReady = false;
  #timer: NodeJS.Timeout | undefined;
  #settle: ((outcome: Outcome | Busy) => void) | undefined;
  #jobs = 0;
  #isDead = false;

  constructor(options: ExamineWorkerOptions) {
    this.#options = options;
    this.#child = fork(options.program ?? siblingModule(import.meta.url, './examine-process'), [], {
      // Nothing of ours is inherited: no secret, no option. Two malloc arenas keep native memory from piling up.
      env: { MALLOC_ARENA_MAX: '2' },
      execArgv: ['--max-old-space-size=256'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (message) => {
      if (message === readyMessage) this.#ready();
      else this.#finish(message as Outcome);
    });
    this.#child.on('error', () => this.#die(crashed));
    this.#child.on('exit', (code) => this.#die(code === memoryExitCode ? tooLarge : crashed));
    yieldToServer(this.#child.pid);
  }

  get jobs(): number {
    return this.#jobs;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Does one job. Whatever happens to the process, an outcome comes within `jobMsMax`, and `startMsMax` before the first. */
  run(job: Job): Promise<Outcome | Busy> {
    this.#jobs += 1;
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#watch();
      if (this.#isDead) this.#finish(crashed);
      else this.#child.send(job, (error) => error && this.kill(crashed));
    });
  }

  kill(outcome: RefusedFile | Busy = crashed): void {
    this.#child.kill('SIGKILL');
    this.#die(outcome);
  }

  #ready(): void {
    this.#isReady = true;
    if (this.#settle !== undefined) this.#watch();
  }

  #watch(): void {
    const { startMsMax, jobMsMax } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = this.#isReady
      ? setTimeout(() => this.kill(tooSlow), jobMsMax)
      : setTimeout(() => this.kill(busy), startMsMax);
  }

  #die(outcome: RefusedFile | Busy): void {
    this.#isDead = true;
    this.#finish(outcome);
  }

  #finish(outcome: Outcome | Busy): void {
    clearTimeout(this.#timer);
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }
}

/** Decoding may take all the time that serving leaves over. */
function yieldToServer(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // The process is gone already; its exit event says so.
  }
}
