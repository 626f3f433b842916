import { type PoolAnswer, PoolWorker, type PoolWorkerOptions } from './pool-worker.ts';

export interface WorkerPoolOptions extends PoolWorkerOptions {
  workers: number;
  /** Jobs that may wait beside those that run. */
  queueMax: number;
}

interface Waiting<Job, Value> {
  job: Job;
  answer: (answer: PoolAnswer<Value>) => void;
}

/**
 * Worker threads behind a bounded queue. Each job is answered within `timeoutMs`, waiting included, whatever the workers do; one that
 * hangs or dies is replaced at the next job. Workers start with the first job and never keep the process alive.
 */
export class WorkerPool<Job, Value> {
  readonly #options: WorkerPoolOptions;
  readonly #workers: PoolWorker<Job, Value>[];
  readonly #waiting = new Set<Waiting<Job, Value>>();
  #isClosed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#workers = Array.from({ length: options.workers }, () => new PoolWorker(options));
  }

  run(job: Job): Promise<PoolAnswer<Value>> {
    if (this.#isClosed) return Promise.resolve({ ok: false, reason: 'failed' });
    const isFull = this.#waiting.size >= this.#options.queueMax && this.#idleWorker() === undefined;
    if (isFull) return Promise.resolve({ ok: false, reason: 'busy' });
    return new Promise((resolve) => {
      this.#waiting.add(this.#withDeadline(job, resolve));
      this.#dispatch();
    });
  }

  /** Waiting and running jobs are answered `failed`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#waiting) waiting.answer({ ok: false, reason: 'failed' });
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  #withDeadline(job: Job, resolve: (answer: PoolAnswer<Value>) => void): Waiting<Job, Value> {
    const answer = (given: PoolAnswer<Value>) => {
      clearTimeout(deadline);
      this.#waiting.delete(waiting);
      resolve(given);
    };
    const deadline = setTimeout(() => answer({ ok: false, reason: 'timeout' }), this.#options.timeoutMs);
    const waiting = { job, answer };
    return waiting;
  }

  #idleWorker(): PoolWorker<Job, Value> | undefined {
    return this.#workers.find((worker) => worker.isIdle);
  }

  #dispatch(): void {
    for (const waiting of this.#waiting) {
      const worker = this.#idleWorker();
      if (worker === undefined) return;
      this.#waiting.delete(waiting);
      worker.run(waiting.job, (answer) => {
        waiting.answer(answer);
        this.#dispatch();
      });
    }
  }
}
