import type { Client } from 'pg';
import { systemClock } from '../../clock.ts';
import type { JournalFinding } from '../journal/journal-finding.ts';
import type { JournalPosition } from '../journal/segment-file.ts';
import { flushAllSums, flushSettledSums } from './flush-sums.ts';
import { KeptConnection } from './kept-connection.ts';
import { type ShippingSource, shipBatch, shippingLimits } from './ship-batch.ts';
import { WakeableSleep } from './wakeable-sleep.ts';

export interface ShipLoopOptions {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly nodeId: string;
  /** How often the journal is looked at while there is nothing to do. */
  readonly pollIntervalMs: number;
  /** The longest wait between attempts while the database is away. */
  readonly retryDelayMsMax: number;
  readonly onProgress: (progress: ShipProgress) => void;
  readonly onFinding: (finding: JournalFinding) => void;
  /** An attempt failed; the next one follows by itself. */
  readonly onError: (error: Error) => void;
}

export interface ShipProgress {
  /** Entries shipped by the last batch. */
  readonly entries: number;
  readonly position: JournalPosition | undefined;
  readonly isCaughtUp: boolean;
}

/** Longer than any batch may take: then the connection is dead, whatever the socket says. */
const batchTimeoutMs = 120_000;

/** How often the sums of minutes that are over become rows (A1). */
const flushIntervalMs = 10_000;

/**
 * A batch of fewer entries is not followed by the next at once: a transaction costs as much CPU as moving some hundred of
 * them, which a node that is half busy would spend on a few entries again and again.
 */
const entriesWorthATransaction = 1_000;
const gatheringMs = 50;

/** Ships a node's journal for as long as it runs, over one connection of its own. */
export class ShipLoop {
  readonly #options: ShipLoopOptions;
  readonly #connection: KeptConnection;
  readonly #sleep = new WakeableSleep();
  readonly #done: Promise<void>;
  /** Belongs to its connection. */
  #source: (ShippingSource & { client: Client }) | undefined;
  #isStopping = false;
  #failures = 0;
  #waiting: (() => void)[] = [];
  #wasCaughtUp = false;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ShipLoopOptions) {
    this.#options = options;
    this.#connection = new KeptConnection(options.databaseUrl);
    this.#done = this.#run();
  }

  /** Resolves when everything that was in the journal before the call is in the database. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#sleep.wake();
    });
  }

  /** Ends after the batch at hand. Nothing is lost: what is not shipped stays in the journal. */
  stop(): Promise<void> {
    this.#isStopping = true;
    this.#sleep.wake();
    return this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#shipSome();
      } catch (error) {
        this.#failures += 1;
        this.#options.onError(error as Error);
        await this.#connection.close();
        await this.#sleep.for(this.#retryDelayMs());
      }
    }
    await this.#connection.close();
  }

  async #shipSome(): Promise<void> {
    const source = await this.#connected();
    // Whoever asks from here on may have written after we have read.
    const asked = this.#waiting.length;
    const timer = setTimeout(() => source.client.end().catch(() => {}), batchTimeoutMs);
    try {
      const batch = await shipBatch(source);
      this.#failures = 0;
      if (!batch.isCaughtUp || !this.#wasCaughtUp) {
        this.#options.onProgress({
          entries: batch.entries,
          position: source.position,
          isCaughtUp: batch.isCaughtUp,
        });
      }
      this.#wasCaughtUp = batch.isCaughtUp;
      for (const finding of batch.findings) this.#options.onFinding(finding);
      await this.#flush(source, batch.isCaughtUp && asked > 0);
      if (!batch.isCaughtUp) return this.#gather(batch.entries);
    } finally {
      clearTimeout(timer);
    }
    for (const resolve of this.#waiting.splice(0, asked)) resolve();
    await this.#sleep.for(this.#options.pollIntervalMs);
  }

  /** Whoever waits for the journal has it shipped without a rest. */
  async #gather(entriesShipped: number): Promise<void> {
    const isShort = entriesShipped > 0 && entriesShipped < entriesWorthATransaction;
    if (isShort && this.#waiting.length === 0) await this.#sleep.for(gatheringMs);
  }

  /** `isAsked`: whoever waits for the journal wants its sums as well, also those of the running minute. */
  async #flush({ client, months }: ShippingSource, isAsked: boolean): Promise<void> {
    const now = systemClock.monotonic();
    if (isAsked) await flushAllSums(client, months);
    else if (now - this.#flushedAt >= flushIntervalMs) {
      // Noted first: sums that cannot be moved must not hold up the entries.
      this.#flushedAt = now;
      await flushSettledSums(client, months, systemClock.now());
    }
  }

  async #connected(): Promise<ShippingSource & { client: Client }> {
    const client = await this.#connection.open();
    if (this.#source?.client !== client) {
      const { folder, nodeId } = this.#options;
      this.#source = {
        client,
        folder,
        nodeId,
        limits: shippingLimits,
        months: new Set(),
        position: undefined,
      };
    }
    return this.#source;
  }

  #retryDelayMs(): number {
    const longest = Math.min(100 * 2 ** Math.min(this.#failures, 20), this.#options.retryDelayMsMax);
    // Half of it at random, so that the nodes do not all come back at the same moment.
    return longest / 2 + (Math.random() * longest) / 2;
  }
}
