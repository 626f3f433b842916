import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';

const workMs = 50;

/** Lets the rest of the process have its turn when 50 ms of work have gone by since the last time. */
export function createPauses(clock: Clock): () => Promise<void> | undefined {
  let since = clock.monotonic();
  return () => {
    if (clock.monotonic() - since < workMs) return undefined;
    return setImmediate().then(() => {
      since = clock.monotonic();
    });
  };
}
