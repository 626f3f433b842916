import type { BaseLogger } from 'pino';
import type { Clock } from '../clock.ts';

export type Log = Pick<BaseLogger, 'info' | 'warn' | 'error'>;

export interface JobContext {
  /** Aborted when the run must end: an hour has passed, the node stops, or another node may have taken it over. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Background work (O4). A run that dies with its node is run again elsewhere, so `run` must bear to be repeated.
 * A run that throws is tried again with a growing delay (1 s, 2 s, 4 s … at most an hour).
 */
export interface Job<Name extends string = string> {
  /** Letters, digits, `-`, `_` and `.`. */
  readonly name: Name;
  /**
   * Cron in UTC (`0 3 * * *`), or `@every 15s`. A time that passed while no node was up is made up for at the next
   * start, once. Scheduled runs of one job never overlap, over all nodes. Without it runs come from `enqueue` alone.
   */
  readonly schedule?: string;
  /** Tries after the first before a run is given up as failed. Default 10. */
  readonly retryMax?: number;
  run(input: unknown, context: JobContext): Promise<void>;
}
