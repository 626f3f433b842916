import { ExamineWorker, type ExamineWorkerOptions } from './examine-worker.ts';
import { type Busy, busy, type Job, type Outcome, type OutcomeOf, type RefusedFile } from './job.ts';

export interface ExaminePoolOptions extends Partial<ExamineWorkerOptions> {
  /** Processes at most. Default 2. */
  readonly workersMax?: number;
  /** Jobs that may wait. Default 32. */
  readonly waitingMax?: number;
  /** Milliseconds a job may wait. Default 10,000. */
  readonly waitMsMax?: number;
  /** Jobs after which a process is replaced, so that what native code leaks stays small. Default 200. */
  readonly jobsPerWorkerMax?: number;
  /** Milliseconds without work after which the processes end. Default 60,000. */
  readonly idleMsMax?: number;
  /** Hears of every job whose process had to be killed or died. */
  readonly onCasualty?: (outcome: RefusedFile) => void;
}

interface Waiting {
  readonly job: Job;
  readonly timer: NodeJS.Timeout;
  readonly settle: (outcome: Outcome | Busy) => void;
}

/** A few child processes that examine files; started with the first job, replaced when they die. */
export class ExaminePool {
  readonly #options: Required<Omit<ExaminePoolOptions, 'program' | 'onCasualty'>> & ExaminePoolOptions;
  readonly #idle: ExamineWorker[] = [];
  readonly #working = new Set<ExamineWorker>();
  readonly #waiting: Waiting[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ExaminePoolOptions = {}) {
    this.#options = {
      workersMax: 2,
      waitingMax: 32,
      waitMsMax: 10_000,
      jobsPerWorkerMax: 200,
      idleMsMax: 60_000,
      startMsMax: 60_000,
      jobMsMax: 20_000,
      ...options,
    };
  }

  /** Processes that live. */
  get size(): number {
    return this.#idle.length + this.#working.size;
  }

  /** Does a job in a process of its own. Never throws; `busy` when the queue is full or the wait too long. */
  run<J extends Job>(job: J): Promise<OutcomeOf<J> | Busy> {
    if (this.#isStopped || this.#waiting.length >= this.#options.waitingMax) return Promise.resolve(busy);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#giveUp(waiting), this.#options.waitMsMax);
      // A process answers a job with an outcome of its kind.
      const waiting: Waiting = { job, timer, settle: resolve as Waiting['settle'] };
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /** Ends all processes. Jobs at work or waiting answer `busy` or are refused. */
  stop(): void {
    this.#isStopped = true;
    for (const waiting of [...this.#waiting]) this.#giveUp(waiting);
    for (const worker of [...this.#idle, ...this.#working]) worker.kill();
    this.#idle.length = 0;
    clearTimeout(this.#idleTimer);
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const worker = this.#idleWorker() ?? (this.size < this.#options.workersMax ? this.#hire() : undefined);
    if (!worker) return;
    const waiting = this.#waiting.shift() as Waiting;
    clearTimeout(waiting.timer);
    clearTimeout(this.#idleTimer);
    this.#working.add(worker);
    void worker.run(waiting.job).then((outcome) => {
      this.#working.delete(worker);
      this.#release(worker, outcome);
      waiting.settle(outcome);
      this.#next();
    });
  }

  #idleWorker(): ExamineWorker | undefined {
    for (;;) {
      const worker = this.#idle.pop();
      if (!worker?.isDead) return worker;
    }
  }

  #hire(): ExamineWorker {
    const { program, startMsMax, jobMsMax } = this.#options;
    return new ExamineWorker({ startMsMax, jobMsMax, ...(program && { program }) });
  }

  #release(worker: ExamineWorker, outcome: Outcome | Busy): void {
    if (worker.isDead) {
      const isLost = outcome.kind === 'malformed' || outcome.kind === 'oversized';
      if (isLost && !this.#isStopped) this.#options.onCasualty?.(outcome);
    } else if (this.#isStopped || worker.jobs >= this.#options.jobsPerWorkerMax) {
      worker.kill();
    } else {
      this.#idle.push(worker);
    }
    if (this.#working.size === 0 && !this.#isStopped) this.#restLater();
  }

  #restLater(): void {
    this.#idleTimer = setTimeout(() => {
      for (const worker of this.#idle.splice(0)) worker.kill();
    }, this.#options.idleMsMax).unref();
  }

  #giveUp(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at === -1) return;
    this.#waiting.splice(at, 1);
    clearTimeout(waiting.timer);
    waiting.settle(busy);
  }
}
