import type { Log } from './log.ts';

/** What has been started, to be stopped in the opposite order: each part while all it depends on still runs. */
export class StopList {
  readonly #log: Log;
  readonly #stops: { name: string; stop: () => Promise<unknown> }[] = [];
  #running: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  add(name: string, stop: () => Promise<unknown>): void {
    this.#stops.push({ name, stop });
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Stops everything once. One part that fails does not keep the others running. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    for (const { name, stop } of this.#stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        this.#log.error({ err: error }, `${name} did not stop cleanly`);
      }
    }
  }
}
