import { KeptConnection } from '../../shipping/kept-connection.ts';
import { WakeableSleep } from '../../shipping/wakeable-sleep.ts';
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
  readonly #connection: KeptConnection;
  readonly #sleep = new WakeableSleep();
  readonly #done: Promise<void>;
  #place: AnchorPlace | undefined;
  #isStopping = false;
  #failures = 0;

  constructor(options: AnchorLoopOptions) {
    this.#options = options;
    this.#connection = new KeptConnection(options.databaseUrl);
    this.#done = this.#run();
  }

  /** Ends after bringing what there is, if its place answers. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#sleep.wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const isDone = await this.#attempt();
      if (isDone && !this.#isStopping) await this.#sleep.for(this.#delayMs());
    }
    if (this.#failures === 0) while (!(await this.#attempt()));
    await this.#connection.close();
    await this.#place?.close();
  }

  /** True when there is nothing to do now. */
  async #attempt(): Promise<boolean> {
    try {
      this.#place ??= await anchorPlace(this.#options.target);
      const isDone = await keepNewer(await this.#connection.open(), this.#place);
      this.#failures = 0;
      return isDone;
    } catch (error) {
      this.#failures += 1;
      this.#options.onError(error as Error);
      await this.#connection.close();
      return true;
    }
  }

  #delayMs(): number {
    const { pollIntervalMs, retryDelayMsMax } = this.#options;
    return Math.min(pollIntervalMs * 2 ** Math.min(this.#failures, 20), retryDelayMsMax);
  }
}
