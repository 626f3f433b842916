import type { Client } from 'pg';
import { connect } from '../../shipping/connect.ts';
import { type AnchorPlace, type AnchorTarget, anchorPlace } from './anchor-place.ts';
import { keepNewer } from './keep-newer.ts';

export interface AnchorLoopOptions {
  readonly databaseUrl: string;
  readonly target: AnchorTarget;
  readonly pollIntervalMs: number;
  readonly retryDelayMsMax: number;
  /** Where the database or the place is away; what is missing there follows by itself. */
  readonly onError: (error: Error) => void;
}

/** Brings checkpoints to their place outside for as long as it runs. A place that is away holds nothing else up. */
export class AnchorLoop {
  readonly #options: AnchorLoopOptions;
  readonly #done: Promise<void>;
  #client: Client | null = null;
  #place: AnchorPlace | undefined;
  #isStopping = false;
  #failures = 0;
  #wake: () => void = () => {};

  constructor(options: AnchorLoopOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Ends after bringing what there is, if its place answers. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const isDone = await this.#attempt();
      if (isDone && !this.#isStopping) await this.#sleep(this.#delayMs());
    }
    if (this.#failures === 0) while (!(await this.#attempt()));
    await this.#disconnect();
    await this.#place?.close();
  }

  /** True when there is nothing to do now. */
  async #attempt(): Promise<boolean> {
    try {
      this.#place ??= await anchorPlace(this.#options.target);
      this.#client ??= await this.#connect();
      const isDone = await keepNewer(this.#client, this.#place);
      this.#failures = 0;
      return isDone;
    } catch (error) {
      this.#failures += 1;
      this.#options.onError(error as Error);
      await this.#disconnect();
      return true;
    }
  }

  async #connect(): Promise<Client> {
    const client = await connect(this.#options.databaseUrl, () => {
      if (this.#client === client) this.#client = null;
    });
    return client;
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }

  #delayMs(): number {
    const { pollIntervalMs, retryDelayMsMax } = this.#options;
    return Math.min(pollIntervalMs * 2 ** Math.min(this.#failures, 20), retryDelayMsMax);
  }

  async #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }
}
