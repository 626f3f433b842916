import type { PgBoss } from 'pg-boss';
import type { Clock } from '../clock.ts';
import { maskSecretsIn } from '../masks.ts';
import type { Job, Log } from './job.ts';

/** A claim that was not renewed for so long is taken for dead. */
export const claimSeconds = 10;
const renewMs = 3_000;

export interface ClaimedRun {
  readonly id: string;
  readonly data: unknown;
  /** Aborted by the queue: the hour is over, or the node stops. */
  readonly signal: AbortSignal;
}

/** Runs a job under its claim. When the claim is lost, since another node may then have begun, the run is aborted. */
export async function runJob(
  boss: PgBoss,
  job: Job,
  claimed: ClaimedRun,
  clock: Clock,
  log: Log,
): Promise<void> {
  const lost = new AbortController();
  let renewedAt = clock.monotonic();
  const renew = async () => {
    const askedAt = clock.monotonic();
    try {
      const { affected } = (await boss.touch(job.name, claimed.id)) as { affected: number };
      if (affected === 0) lost.abort(new Error('the claim was lost'));
      renewedAt = askedAt;
    } catch {
      if (clock.monotonic() - renewedAt > claimSeconds * 1000)
        lost.abort(new Error('the claim could not be renewed'));
    }
  };
  const timer = setInterval(renew, renewMs);
  try {
    const input = (claimed.data as { input?: unknown } | null)?.input;
    await job.run(input, { signal: AbortSignal.any([claimed.signal, lost.signal]), clock, log });
  } catch (error) {
    const message = maskSecretsIn(error instanceof Error ? error.message : String(error)).slice(0, 500);
    log.warn({ job: job.name, runId: claimed.id, error: message }, 'a job failed and is tried again');
    // Only the text is kept in the database: an error may carry whatever its maker attached.
    throw new Error(message);
  } finally {
    clearInterval(timer);
  }
}
