import type { Clock } from '../../clock.ts';
import { isProblem, type Problem, refuse } from '../../reply.ts';
import type { KeyFinder } from '../key-finder.ts';
import type { KeyCache, Lookup } from '../memory/key-cache.ts';
import { type VerifiedKey, verifiedKey } from '../verified-key.ts';
import type { StoreHealth } from './store-health.ts';
import { createTurns } from './turns.ts';

/** Reads keys from the store, each once for all who ask for it at a time. */
export interface LookUps {
  /** The key as the store has it now, alive or dead, or why there is none; `storeAway` when the store does not say. */
  read(digest: string, find: Find): Promise<VerifiedKey | Problem>;
}

export type Find = () => ReturnType<KeyFinder['find']>;

export interface LookUpLimits {
  /** Look-ups that a node has under way at once. Default 64. */
  readonly runningMax?: number;
  /** Look-ups that wait for their turn; beyond them 503. Default 10,000. */
  readonly waitingMax?: number;
  /** Milliseconds after which a look-up is waited for no longer. Default 5,000. */
  readonly timeoutMs?: number;
}

export interface LookUpsOptions extends LookUpLimits {
  readonly cache: KeyCache;
  readonly clock: Clock;
  readonly health: Pick<StoreHealth, 'answered' | 'failed'>;
  readonly onStoreError: (error: unknown) => void;
}

// A row that changes during every read is being changed all the time: it is refused for now, not waited for.
const readsMax = 3;

export const unknownKey = refuse('invalid_key', { detail: 'This is not a valid API key.' });
export const storeAway = refuse('key_store_unavailable', {
  detail: 'API keys cannot be verified at the moment.',
  headers: { 'retry-after': '1' },
});

/** The store answers, and yet what it says could not be known in time. */
const storeBusy = refuse('key_store_unavailable', {
  detail: 'API keys cannot be verified fast enough at the moment.',
  headers: { 'retry-after': '1' },
});

interface Reading {
  /** Undefined while it waits for its turn. */
  lookup: Lookup | undefined;
  outcome: Promise<VerifiedKey | Problem>;
}

export function createLookUps(options: LookUpsOptions): LookUps {
  const { cache, clock, health, onStoreError, timeoutMs = 5_000 } = options;
  const turns = createTurns(options.runningMax ?? 64, options.waitingMax ?? 10_000);
  const readings = new Map<string, Reading>();

  const leave = (reading: Reading, digest: string): void => {
    if (readings.get(digest) === reading) readings.delete(digest);
  };

  const readOnce = async (lookup: Lookup, find: Find, digest: string) => {
    const row = await find().catch((error: unknown) => {
      health.failed();
      throw error;
    });
    health.answered();
    if (isProblem(row)) {
      cache.abandon(lookup);
      return row;
    }
    const key = row === undefined ? undefined : verifiedKey(row, clock.now());
    return cache.fill(lookup, digest, key) ? (key ?? unknownKey) : undefined;
  };

  const readUntilCurrent = async (reading: Reading, find: Find, digest: string) => {
    for (let reads = 0; reads < readsMax; reads += 1) {
      const lookup = cache.begin(clock.monotonic());
      reading.lookup = lookup;
      try {
        const outcome = await readOnce(lookup, find, digest);
        if (outcome !== undefined) return outcome;
        // Whoever comes now has three readings of its own.
        leave(reading, digest);
      } catch (error) {
        cache.abandon(lookup);
        onStoreError(error);
        return storeAway;
      }
    }
    return storeBusy;
  };

  const readInTurn = async (reading: Reading, find: Find, digest: string) => {
    const turn = turns.take();
    if (!(turn === true || (await turn))) return storeBusy;
    return readUntilCurrent(reading, find, digest).finally(() => turns.give());
  };

  const giveUp = () => {
    health.failed();
    onStoreError(new Error(`a key was looked up for more than ${timeoutMs} ms`));
    return storeAway;
  };

  return {
    read(digest, find) {
      const running = readings.get(digest);
      // What a look-up finds is as old as its beginning: one that takes long is not what a new request may be answered by.
      const isCurrent = running?.lookup === undefined || cache.isCurrent(running.lookup, clock.monotonic());
      if (running !== undefined && isCurrent) return running.outcome;
      const reading: Reading = { lookup: undefined, outcome: Promise.resolve(storeAway) };
      const outcome = readInTurn(reading, find, digest);
      reading.outcome = within(timeoutMs, outcome, giveUp).finally(() => leave(reading, digest));
      readings.set(digest, reading);
      return reading.outcome;
    },
  };
}

/** What `work` gives, or what `otherwise` does when that takes longer. */
function within<T>(timeoutMs: number, work: Promise<T>, otherwise: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(otherwise()), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
