import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../../clock.ts';
import { siblingModule } from '../../sibling-module.ts';
import type { JournalFinding } from '../journal/journal-finding.ts';
import type { JournalPosition } from '../journal/segment-file.ts';
import type { FromShipWorker, ShipWorkerData, ToShipWorker } from './ship-worker.ts';

export interface ShipperOptions {
  readonly databaseUrl: string;
  /** Of the journal that this process has opened. */
  readonly folder: string;
  readonly nodeId: string;
  /** How often the journal is looked at while there is nothing to do. Default 100. */
  readonly pollIntervalMs?: number;
  /** The longest wait between attempts while the database is away. Default 5,000. */
  readonly retryDelayMsMax?: number;
  /** An attempt failed, as a rule because the database is away; the next one follows by itself. */
  readonly onError?: (error: Error) => void;
  readonly onFinding?: (finding: JournalFinding) => void;
  readonly clock?: Clock;
}

export interface ShipperFigures {
  /** Entries shipped since the start. */
  readonly entries: number;
  /** How far the journal is in the database; undefined before the first contact. */
  readonly position: JournalPosition | undefined;
  /** Monotonic milliseconds (of the clock) since when something has waited; undefined when nothing does. */
  readonly behindSince: number | undefined;
  /** Attempts that failed since the last one that succeeded. */
  readonly failures: number;
  readonly findings: number;
}

/** Starts to move the journal into the database, in a worker thread with a connection of its own. */
export function startShipper(options: ShipperOptions): Shipper {
  return new Shipper(options);
}

const restartDelayMs = 1_000;
const stopTimeoutMs = 5_000;

export class Shipper {
  readonly #options: ShipperOptions;
  readonly #clock: Clock;
  readonly #drains = new Map<number, () => void>();
  #worker: Worker;
  #lastDrain = 0;
  #isStopping = false;
  #restart: NodeJS.Timeout | undefined;
  #figures: ShipperFigures;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const behindSince = this.#clock.monotonic();
    this.#figures = { entries: 0, position: undefined, behindSince, failures: 0, findings: 0 };
    this.#worker = this.#startWorker();
  }

  get figures(): ShipperFigures {
    return this.#figures;
  }

  /**
   * Resolves when every entry whose append has resolved is in the database; waits for as long as the database is away.
   * Rejects with the signal's reason when that is aborted, and when the shipper stops.
   */
  drain(signal?: AbortSignal): Promise<void> {
    if (this.#isStopping) return Promise.reject(new Error('The shipper has been stopped'));
    signal?.throwIfAborted();
    const id = ++this.#lastDrain;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#drains.set(id, () => {
      if (this.#isStopping) reject(new Error('The shipper was stopped before all was shipped'));
      else resolve();
    });
    this.#send({ kind: 'drain', id });
    return promise.finally(() => {
      this.#drains.delete(id);
      signal?.removeEventListener('abort', abort);
    });
  }

  /** Ends after the batch at hand; what is not shipped stays in the journal. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearTimeout(this.#restart);
    for (const settle of this.#drains.values()) settle();
    if (this.#worker.threadId === -1) return;
    const exited = once(this.#worker, 'exit');
    this.#send({ kind: 'stop' });
    // A batch that hangs is rolled back by PostgreSQL, and shipped by the next process.
    const timer = setTimeout(() => this.#worker.terminate(), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
  }

  #startWorker(): Worker {
    const { databaseUrl, folder, nodeId, pollIntervalMs = 100, retryDelayMsMax = 5_000 } = this.#options;
    const workerData: ShipWorkerData = { databaseUrl, folder, nodeId, pollIntervalMs, retryDelayMsMax };
    const worker = new Worker(siblingModule(import.meta.url, './ship-worker'), { workerData });
    worker.on('message', (message: FromShipWorker) => this.#receive(message));
    worker.on('error', (error) => this.#fail(error as Error));
    worker.on('exit', () => {
      if (!this.#isStopping) this.#restart = setTimeout(() => this.#startAgain(), restartDelayMs).unref();
    });
    return worker;
  }

  #startAgain(): void {
    this.#worker = this.#startWorker();
    for (const id of this.#drains.keys()) this.#send({ kind: 'drain', id });
  }

  #receive(message: FromShipWorker): void {
    if (message.kind === 'progress') {
      const { entries, position, isCaughtUp } = message.progress;
      this.#figures = {
        ...this.#figures,
        entries: this.#figures.entries + entries,
        position,
        failures: 0,
        behindSince: isCaughtUp ? undefined : this.#behindSince(),
      };
    } else if (message.kind === 'finding') {
      this.#figures = { ...this.#figures, findings: this.#figures.findings + 1 };
      this.#options.onFinding?.(message.finding);
    } else if (message.kind === 'error') {
      this.#fail(Object.assign(new Error(message.message), { code: message.code }));
    } else {
      this.#drains.get(message.id)?.();
    }
  }

  #fail(error: Error): void {
    this.#figures = {
      ...this.#figures,
      failures: this.#figures.failures + 1,
      behindSince: this.#behindSince(),
    };
    this.#options.onError?.(error);
  }

  #behindSince(): number {
    return this.#figures.behindSince ?? this.#clock.monotonic();
  }

  #send(message: ToShipWorker): void {
    this.#worker.postMessage(message);
  }
}
