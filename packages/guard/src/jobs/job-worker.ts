import { setTimeout as delay } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import type { Clock } from '../clock.ts';
import type { Job, Log } from './job.ts';
import { runJob } from './run-job.ts';

export interface WorkerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly pollMs: number;
  readonly onError: (error: unknown) => void;
}

/** What takes the runs of one job on this node, one after the other. */
export interface JobWorker {
  /** Looks for runs now. */
  wake(): void;
  /** Takes no more; aborts what still works after `graceMs` milliseconds, and leaves it after a second. */
  stop(graceMs: number): Promise<void>;
}

/** Starts to take runs. Unlike pg-boss's own worker it says nothing about a run whose claim it has lost. */
export function startWorker(
  boss: PgBoss,
  job: Job,
  { clock, log, pollMs, onError }: WorkerOptions,
): JobWorker {
  const stopping = new AbortController();
  const aborting = new AbortController();
  const bell = makeBell();

  async function takeOne(): Promise<boolean> {
    const claimedAtMs = clock.monotonic();
    const [run] = await boss.fetch<{ input?: unknown }>(job.name);
    if (run === undefined) return false;
    const { signal } = aborting;
    await runJob(boss, job, { id: run.id, input: run.data?.input, claimedAtMs, clock, log, signal });
    return true;
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const took = await takeOne().catch(onError);
      if (!took) await bell.heard(pollMs);
    }
  }

  const working = work();
  return {
    wake: bell.ring,
    async stop(graceMs) {
      stopping.abort();
      bell.ring();
      await Promise.race([working, delay(graceMs, undefined, { ref: false })]);
      aborting.abort(new Error('the node stops'));
      await Promise.race([working, delay(1_000, undefined, { ref: false })]);
    },
  };
}

/** `heard` waits until it rings or the time is over, and not at all when it rang since it was last heard. */
function makeBell() {
  let hasRung = false;
  let wakeUp = () => {};
  return {
    ring(): void {
      hasRung = true;
      wakeUp();
    },
    async heard(waitMs: number): Promise<void> {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          wakeUp = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      hasRung = false;
    },
  };
}
