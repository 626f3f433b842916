export interface GroupCommitOptions {
  readonly sync: () => Promise<void>;
  /** How long something written may wait for its sync. */
  readonly intervalMs: number;
  /** Told of every sync that fails. */
  readonly onError: (error: unknown) => void;
}

const retryDelayMsMax = 5_000;

/** Runs one sync at a time: all who ask while one runs share the next. A failed one is tried again, ever more slowly. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #isStopped = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves when a sync that began after this call has succeeded. */
  sync(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      const sync = this.#options.sync();
      this.#running = sync.then(
        () => {
          this.#failures = 0;
        },
        (error: unknown) => {
          this.#failures += 1;
          this.#options.onError(error);
          this.schedule();
        },
      );
      return sync;
    });
    return this.#next;
  }

  /** Sees to it that a sync begins within `intervalMs`, or later when the last ones failed. */
  schedule(): void {
    if (this.#timer !== null || this.#next !== null || this.#isStopped) return;
    const delayMs = Math.min(this.#options.intervalMs * 2 ** this.#failures, retryDelayMsMax);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      // The failure has been reported and the next attempt scheduled.
      this.sync().catch(() => {});
    }, delayMs).unref();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
