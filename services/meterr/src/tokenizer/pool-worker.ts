import { Worker } from 'node:worker_threads';

export interface PoolWorkerOptions {
  /**
   * A module that takes one job per message and posts `{kind: 'started'}` when it is ready to work on it and
   * `{kind: 'done', value}` when it is done; throwing ends the worker and fails the job.
   */
  workerUrl: URL;
  /** How long a worker may take to be ready for a job before it is ended. */
  startTimeoutMs: number;
  /** How long a worker may work on one job before it is ended. */
  timeoutMs: number;
}

export type PoolAnswer<Value> =
  | { ok: true; value: Value }
  | { ok: false; reason: 'busy' | 'timeout' | 'failed' };

type Message<Value> = { kind: 'started' } | { kind: 'done'; value: Value };

/** One place in the pool: at most one thread and one job at a time. */
export class PoolWorker<Job, Value> {
  readonly #options: PoolWorkerOptions;
  #thread: Worker | undefined;
  #answer: ((answer: PoolAnswer<Value>) => void) | undefined;
  #limit: NodeJS.Timeout | undefined;

  constructor(options: PoolWorkerOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#answer === undefined;
  }

  run(job: Job, answer: (answer: PoolAnswer<Value>) => void): void {
    this.#answer = answer;
    try {
      this.#thread ??= this.#start();
    } catch {
      // No thread to be had, for want of memory for one.
      this.#settle({ ok: false, reason: 'failed' });
      return;
    }
    this.#thread.ref();
    this.#endAfter(this.#options.startTimeoutMs);
    this.#thread.postMessage(job);
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#settle({ ok: false, reason: 'failed' });
    await thread?.terminate();
  }

  #start(): Worker {
    // A thread that reads callers' text needs no secrets; and flags such as --input-type forbid a file as its start.
    const thread = new Worker(this.#options.workerUrl, { env: {}, execArgv: [] });
    thread.on('message', (message: Message<Value>) => {
      if (this.#thread !== thread) return;
      if (message.kind === 'started') return this.#endAfter(this.#options.timeoutMs);
      thread.unref();
      this.#settle({ ok: true, value: message.value });
    });
    const lost = () => this.#lose(thread, 'failed');
    thread.on('error', lost).on('messageerror', lost).on('exit', lost);
    thread.unref();
    return thread;
  }

  #endAfter(ms: number): void {
    clearTimeout(this.#limit);
    const thread = this.#thread;
    this.#limit = setTimeout(() => this.#lose(thread, 'timeout'), ms);
  }

  #lose(thread: Worker | undefined, reason: 'timeout' | 'failed'): void {
    if (thread === undefined || this.#thread !== thread) return;
    this.#thread = undefined;
    // Ends within JavaScript loops too; there is no native code in these workers that it would have to wait for.
    void thread.terminate();
    this.#settle({ ok: false, reason });
  }

  #settle(answer: PoolAnswer<Value>): void {
    clearTimeout(this.#limit);
    const settle = this.#answer;
    this.#answer = undefined;
    settle?.(answer);
  }
}
