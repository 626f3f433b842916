/** `KEYWARD_CHAOS=full`: fifty kills of each kind. Otherwise a few, so that they run with all other tests. */
export const isFullForm = process.env.KEYWARD_CHAOS === 'full';

export const rounds = isFullForm ? 50 : 4;

/** A backlog takes its time to grow. */
export const backlogRounds = isFullForm ? 5 : 1;

/** Between two requests of a client that watches: the full form measures to the millisecond. */
export const watchPauseMs = isFullForm ? 1 : 10;

/** For a test that may take its time: the full form forty minutes, the short one ten. */
export const timeoutMs = isFullForm ? 2_400_000 : 600_000;

/** For what must come, on a machine that is busy with something else: only what never comes takes so long. */
export const patience = { timeout: 120_000, interval: 100 } as const;

/** One line for whoever watches, past the reporter's own bookkeeping. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A whole number from `min` to `max`, both included. */
export function between(min: number, max: number): number {
  return min + Math.floor(Math.random() * (max - min + 1));
}
