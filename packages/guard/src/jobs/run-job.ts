import type { PgBoss } from 'pg-boss';
import type { Clock } from '../clock.ts';
import { maskSecretsIn } from '../masks.ts';
import type { Job, Log } from './job.ts';

/** A claim that was not renewed for so long is taken for dead, by the queue and by its holder. */
export const claimSeconds = 10;
export const runSecondsMax = 3600;
const renewMs = 3_000;

export interface ClaimedRun {
  readonly id: string;
  readonly input: unknown;
  /** The node's monotonic clock before the run was asked for, milliseconds. */
  readonly claimedAtMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the node stops. */
  readonly signal: AbortSignal;
}

/**
 * Runs a job while its claim is renewed, and tells the queue how it went. When the claim could not be renewed in time
 * (the node stood still, the database was away) another node may have begun: the run is aborted and nothing is told.
 */
export async function runJob(boss: PgBoss, job: Job, run: ClaimedRun): Promise<void> {
  const { id, clock, log } = run;
  const lost = new AbortController();
  let renewedAtMs = run.claimedAtMs;
  const isLost = (answered = true) => {
    if (!answered || clock.monotonic() - renewedAtMs > claimSeconds * 1000)
      lost.abort(new Error('the claim was lost'));
    return lost.signal.aborted;
  };
  const renew = async () => {
    const askedAtMs = clock.monotonic();
    try {
      const { affected } = (await boss.touch(job.name, id)) as { affected: number };
      if (!isLost(affected === 1)) renewedAtMs = askedAtMs;
    } catch {
      isLost();
    }
  };
  const timer = setInterval(renew, renewMs);
  try {
    const signal = AbortSignal.any([run.signal, lost.signal, AbortSignal.timeout(runSecondsMax * 1000)]);
    await job.run(run.input, { signal, clock, log });
    if (!isLost()) await boss.complete(job.name, id);
  } catch (error) {
    // Only masked text is kept: an error may carry whatever its maker attached.
    const message = maskSecretsIn(error instanceof Error ? error.message : String(error)).slice(0, 500);
    log.warn({ job: job.name, runId: id, error: message }, 'a job failed');
    if (!isLost()) await boss.fail(job.name, id, { message });
  } finally {
    clearInterval(timer);
  }
}
