import { oldestFirst } from '../memory/oldest-first.ts';

/** Lets a bounded number of pieces of work run at a time and a bounded number wait. */
export interface Turns {
  /** True when it is one's turn, which `give` ends; false when too many wait already. */
  take(): boolean | Promise<boolean>;
  give(): void;
}

export function createTurns(runningMax: number, waitingMax: number): Turns {
  const waiting = new Set<(isTurn: boolean) => void>();
  const first = oldestFirst(waiting);
  let running = 0;
  return {
    take() {
      if (running < runningMax) {
        running += 1;
        return true;
      }
      if (waiting.size >= waitingMax) return false;
      return new Promise((resolve) => waiting.add(resolve));
    },
    give() {
      const next = first();
      if (next === undefined) running -= 1;
      else {
        waiting.delete(next);
        next(true);
      }
    },
  };
}
