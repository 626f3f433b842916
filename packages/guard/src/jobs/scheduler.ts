import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Schedule } from './schedule.ts';

export interface ScheduledJob {
  readonly name: string;
  readonly schedule: Schedule;
}

/** Queues one run; a second one with the same `id` changes nothing. */
export type QueueRun = (name: string, run: ScheduledRun) => Promise<unknown>;

export interface ScheduledRun {
  /** The same on every node. */
  readonly id: string;
  readonly singletonKey: 'schedule';
  /** How long it is remembered that the run was done: beyond the next due time, for the nodes that start later. */
  readonly deleteAfterSeconds: number;
}

const checkMsMax = 30_000;

/**
 * Queues each job when it is due, and at the start the newest due time once more: if a node did it, nothing happens.
 * Every node does the same, so that none of them matters. Returns how to stop.
 */
export function startScheduler(
  jobs: readonly ScheduledJob[],
  clock: Clock,
  queueRun: QueueRun,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const queuedMs = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const check = async () => {
    const nowMs = clock.now();
    for (const { name, schedule } of jobs) {
      const dueMs = schedule.previous(nowMs);
      if (queuedMs.get(name) === dueMs) continue;
      try {
        await queueRun(name, scheduledRun(name, schedule, dueMs));
        queuedMs.set(name, dueMs);
      } catch (error) {
        onError(error);
      }
    }
    if (isStopped) return;
    const waitMs = Math.min(checkMsMax, ...jobs.map(({ schedule }) => schedule.next(nowMs) - clock.now()));
    timer = setTimeout(run, Math.max(waitMs, 100));
  };
  let checking = Promise.resolve();
  const run = () => {
    checking = check();
  };
  run();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await checking;
  };
}

function scheduledRun(name: string, schedule: Schedule, dueMs: number): ScheduledRun {
  // A UUID made of what it names (RFC 9562, version 8).
  const hex = createHash('sha256').update(`${name} ${dueMs}`).digest('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  const deleteAfterSeconds = Math.ceil((2 * (schedule.next(dueMs) - dueMs)) / 1000) + 3600;
  return { id, singletonKey: 'schedule', deleteAfterSeconds };
}
