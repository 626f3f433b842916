import { PgBoss } from 'pg-boss';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { uuidv7 } from '../ids.ts';
import type { Job, Log } from './job.ts';
import { type JobDatabase, openJobDatabase } from './job-database.ts';
import { type JobStatus, jobStatus } from './job-status.ts';
import { type JobWorker, startWorker } from './job-worker.ts';
import { claimSeconds, runSecondsMax } from './run-job.ts';
import { parseSchedule } from './schedule.ts';
import { startScheduler } from './scheduler.ts';

export interface JobsOptions {
  readonly database: Database;
  readonly jobs: readonly Job[];
  readonly clock: Clock;
  readonly log: Log;
  /** How often each job looks for runs that other nodes queued or left behind, milliseconds. Default 5,000. */
  readonly pollMs?: number;
  /** How long `stop` waits for runs to end by themselves, milliseconds. Default 10,000. */
  readonly stopMs?: number;
  /** Whether the queue's tables are brought up to date here; false: `migrateJobs` did, as a role that may. Default true. */
  readonly migrates?: boolean;
}

export interface EnqueueOptions {
  /** Not before. Default at once. */
  readonly runAt?: Date;
  /** Of the runs of a job with the same key at most one works and one waits. Without it each is a run of its own. */
  readonly key?: string;
}

/** The background work of one node. */
export interface Jobs {
  /** Queues a run on whichever node is free. `input` is JSON. False when one with that key waits already. */
  enqueue(name: string, input?: unknown, options?: EnqueueOptions): Promise<boolean>;
  status(): Promise<JobStatus[]>;
  /** Takes no new runs, gives those that work `stopMs` to end, then aborts them: they are run again elsewhere. */
  stop(): Promise<void>;
}

/** A schema of its own beside ours; pg-boss makes and migrates it, once over all nodes. */
export const jobSchema = 'keyward_jobs';

/** `stately`: at most one run of a key in each of the states waiting, waiting to be tried again, and working. */
const queueOptions = {
  policy: 'stately',
  heartbeatSeconds: claimSeconds,
  expireInSeconds: runSecondsMax + 60,
} as const;

/** Starts to run `jobs` (O4) on this node too. Throws on a wrong schedule, a name given twice, or no database. */
export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const { jobs, clock, log } = options;
  const names = jobs.map((job) => job.name);
  if (new Set(names).size !== names.length) throw new Error('two jobs of the same name');
  const schedules = new Map(
    jobs.flatMap((job) => (job.schedule ? [[job.name, parseSchedule(job.schedule)]] : [])),
  );
  const report = (error: unknown) => log.error({ error: messageOf(error) }, 'the job queue failed');
  const database = openJobDatabase(options.database.url, report);
  const boss = newBoss(database, options.migrates ?? true);
  boss.on('error', report);
  boss.on('warning', (warning) => log.warn({ warning: warning.message }, 'the job queue warns'));
  const workers = await startWorkers(boss, options, report).catch(async (error) => {
    await boss.stop({ graceful: false }).catch(report);
    await database.close();
    throw error;
  });
  const send = sender(boss, jobs, workers);
  const scheduled = [...schedules].map(([name, schedule]) => ({ name, schedule }));
  const stopScheduler = startScheduler(scheduled, clock, send, report);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await stopScheduler();
    await Promise.all([...workers.values()].map((worker) => worker.stop(options.stopMs ?? 10_000)));
    await boss.stop({ graceful: false });
    await database.close();
  };
  return {
    enqueue: (name, input, { runAt, key } = {}) =>
      send(name, {
        input,
        singletonKey: key === undefined ? uuidv7(clock.now()) : `key ${key}`,
        ...(runAt === undefined ? {} : { startAfter: runAt }),
      }),
    status: () => jobStatus(database, jobSchema, names, (name) => schedules.get(name)?.next(clock.now())),
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Its own cron looks once a minute and forgets what was missed; ours is `scheduler.ts`. */
function newBoss(db: JobDatabase, migrate: boolean): PgBoss {
  return new PgBoss({
    db,
    schema: jobSchema,
    migrate,
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    queueCacheIntervalSeconds: 10,
    maintenanceIntervalSeconds: 3600,
    flowIntervalSeconds: 3600,
  });
}

/** Makes the queues that are missing, then one worker for each job, so that no job waits for another. */
async function startWorkers(boss: PgBoss, options: JobsOptions, onError: (error: unknown) => void) {
  const { jobs, clock, log, pollMs = 5_000 } = options;
  await boss.start();
  for (const { name } of jobs) await boss.createQueue(name, queueOptions);
  return new Map(jobs.map((job) => [job.name, startWorker(boss, job, { clock, log, pollMs, onError })]));
}

interface Run {
  readonly singletonKey: string;
  readonly input?: unknown;
  readonly id?: string;
  readonly startAfter?: Date;
  readonly deleteAfterSeconds?: number;
}

/** Queues a run and wakes this node's worker for it. False when the queue would not have it. */
function sender(boss: PgBoss, jobs: readonly Job[], workers: ReadonlyMap<string, JobWorker>) {
  return async (name: string, { input, ...run }: Run): Promise<boolean> => {
    const job = jobs.find((one) => one.name === name);
    if (job === undefined) throw new Error(`no job is named "${name}"`);
    const retries = {
      retryLimit: job.retryMax ?? 10,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 3600,
    };
    const id = await boss.send(name, { input }, { ...retries, ...run });
    if (id !== null) workers.get(name)?.wake();
    return id !== null;
  };
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | null)?.message ?? error);
}
