import type { Clock } from '../../clock.ts';
import type { Problem } from '../../reply.ts';
import type { KeyCache } from '../memory/key-cache.ts';
import type { VerifiedKey } from '../verified-key.ts';
import { storeAway } from './look-ups.ts';
import type { StoreHealth } from './store-health.ts';

type Outcome = VerifiedKey | Problem;

/** Lets keys go on that were verified before, while the key store is away (K10). */
export interface StaleKeys {
  /** What `read` finds, or the key as it was last read when the store does not answer. Waits for it half a second at most. */
  orRead(digest: string, read: () => Promise<Outcome>): Outcome | Promise<Outcome>;
  /** The store answers again. */
  end(): void;
  /** Whether keys have been served so since the store last answered. */
  readonly areServed: boolean;
}

export interface StaleKeysOptions {
  readonly cache: KeyCache;
  readonly clock: Clock;
  readonly health: StoreHealth;
  /** Milliseconds for which a verified key may go on. 0: not at all. */
  readonly serveMs: number;
  /** Hears when the first key is served so, and when that has ended. */
  readonly onChange: (areServed: boolean) => void;
}

/** Milliseconds after which a store that answers nothing is away. */
const patienceMs = 500;

export function createStaleKeys({ cache, clock, health, serveMs, onChange }: StaleKeysOptions): StaleKeys {
  let areServed = false;

  const recall = (digest: string): VerifiedKey | undefined => {
    const remembered = cache.recall(digest);
    if (remembered === undefined || clock.monotonic() - remembered.goodAtMs > serveMs) return undefined;
    return remembered.key;
  };
  // Recalled when it is served, not before: it may have been dropped while its look-up was waited for.
  const serve = (digest: string): Outcome => {
    const key = recall(digest);
    if (key === undefined) return storeAway;
    if (!areServed) {
      areServed = true;
      onChange(true);
    }
    return key;
  };

  return {
    orRead(digest, read) {
      if (serveMs === 0 || recall(digest) === undefined) return read();
      if (!health.isAway) {
        return unlessAway(health, read()).then((outcome) =>
          outcome === storeAway ? serve(digest) : outcome,
        );
      }
      // Nobody waits for the probe; whoever comes after its answer is served by it.
      if (health.mayProbe()) void read();
      return serve(digest);
    },
    end() {
      if (!areServed) return;
      areServed = false;
      onChange(false);
    },
    get areServed() {
      return areServed;
    },
  };
}

/** What a look-up gives, or `storeAway` as soon as the store has answered nothing at all for so long: not when it is busy. */
function unlessAway(health: StoreHealth, reading: Promise<Outcome>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (health.answeredWithin(patienceMs)) timer = setTimeout(look, patienceMs);
      else {
        health.failed();
        resolve(storeAway);
      }
    };
    let timer = setTimeout(look, patienceMs);
    reading.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
