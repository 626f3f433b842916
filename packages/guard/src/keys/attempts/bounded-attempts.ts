import { isProblem, type Problem, refuse } from '../../reply.ts';
import type { StoredKey } from '../stored-key.ts';
import { type FailureWindowOptions, failureWindow } from './failure-window.ts';

export type Attempt = () => Promise<StoredKey | Problem | undefined>;

/** Lets those who prove a key through, and those who guess only so often. */
export interface BoundedAttempts {
  /**
   * The answer of `attempt`, which spends `permits` of its group for a window unless it finds a key.
   * Refused with 429 without being made when the permits are spent; 503 when too many wait.
   */
  run(group: string, permits: number, attempt: Attempt): ReturnType<Attempt>;
}

export interface BoundedAttemptsOptions extends FailureWindowOptions {
  /** Made at a time, over all groups. Default: as many as there are. */
  readonly runningMax?: number;
  /** Waiting at most, over all groups. */
  readonly waitingMax: number;
}

interface Waiting {
  readonly group: string;
  readonly permits: number;
  readonly start: () => void;
  readonly refuse: (problem: Problem) => void;
}

/**
 * Permits in use count like spent ones until it is known whether they come back. Who would be one too many only then
 * waits for that: behind one address there may be many who do nothing wrong.
 */
export function boundedAttempts(options: BoundedAttemptsOptions): BoundedAttempts {
  const { runningMax = Number.POSITIVE_INFINITY, waitingMax } = options;
  const failures = failureWindow(options);
  const inUse = new Map<string, number>();
  let running = 0;
  let waiting: Waiting[] = [];

  const use = (group: string, permits: number): void => {
    const now = (inUse.get(group) ?? 0) + permits;
    if (now === 0) inUse.delete(group);
    else inUse.set(group, now);
  };

  /** Starts or refuses what can be; whether the job is still waiting. */
  const waits = (job: Waiting): boolean => {
    const { group, permits } = job;
    const waitMs = failures.waitMs(group, permits);
    if (waitMs > 0) {
      job.refuse(tooManyAttempts(waitMs));
      return false;
    }
    const mayStart = running < runningMax && failures.waitMs(group, permits + (inUse.get(group) ?? 0)) === 0;
    if (mayStart) job.start();
    return !mayStart;
  };

  const make = async (group: string, permits: number, attempt: Attempt): ReturnType<Attempt> => {
    running += 1;
    use(group, permits);
    try {
      const found = await attempt();
      if (found === undefined || isProblem(found)) failures.add(group, permits);
      return found;
    } finally {
      running -= 1;
      use(group, -permits);
      waiting = waiting.filter(waits);
    }
  };

  return {
    run(group, permits, attempt) {
      return new Promise((resolve, reject) => {
        const job: Waiting = {
          group,
          permits,
          start: () => make(group, permits, attempt).then(resolve, reject),
          refuse: resolve,
        };
        if (!waits(job)) return;
        if (waiting.length < waitingMax) waiting.push(job);
        else resolve(tooManyWait);
      });
    },
  };
}

function tooManyAttempts(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  return refuse('too_many_attempts', {
    detail: `Too many unknown API keys came from this address. Try again in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  });
}

const tooManyWait = refuse('overloaded', {
  detail: 'Too many API keys are being verified for the first time.',
  headers: { 'retry-after': '5' },
});
