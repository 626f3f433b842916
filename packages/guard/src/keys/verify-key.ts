import { hash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import type { KeyCache } from './key-cache.ts';
import type { KeyFinder } from './key-finder.ts';
import { type VerifiedKey, verifiedKey } from './verified-key.ts';

export interface KeyVerifier {
  /**
   * The living key that a text is, or why it is refused (401, or 503 when the key store is away).
   * Synchronous for a remembered key; a promise only when the database must be asked.
   */
  verify(text: string, clientAddress: string): VerifiedKey | Problem | Promise<VerifiedKey | Problem>;
}

export interface KeyVerifierOptions {
  readonly cache: KeyCache;
  /** One for each kind of keys; the first that a text can be is asked. */
  readonly finders: readonly KeyFinder[];
  readonly clock: Clock;
  readonly onStoreError?: (error: unknown) => void;
}

// A row that changes during every read is being changed all the time: it is refused for now, not waited for.
const readsMax = 3;

const unknownKey = refuse('invalid_key', { detail: 'This is not a valid API key.' });
const expiredKey = refuse('expired_key', { detail: 'This API key has expired.' });
const rotatedKey = refuse('expired_key', { detail: 'This API key was rotated and its grace has ended.' });
export const spentKey = refuse('uses_spent', {
  detail: 'This API key has been used as often as it may be.',
});
const storeAway = refuse('key_store_unavailable', {
  detail: 'API keys cannot be verified at the moment.',
  headers: { 'retry-after': '1' },
});

type Find = () => ReturnType<KeyFinder['find']>;

export function createKeyVerifier(options: KeyVerifierOptions): KeyVerifier {
  const { cache, finders, clock } = options;
  const inFlight = new Map<string, Promise<VerifiedKey | Problem>>();

  const read = async (find: Find, digest: string): Promise<VerifiedKey | Problem> => {
    for (let reads = 0; reads < readsMax; reads += 1) {
      const lookup = cache.begin(clock.monotonic());
      try {
        const row = await find();
        if (isProblem(row)) {
          cache.abandon(lookup);
          return row;
        }
        const key = row === undefined ? undefined : verifiedKey(row, clock.now());
        if (cache.fill(lookup, digest, key)) return key ?? unknownKey;
      } catch (error) {
        cache.abandon(lookup);
        options.onStoreError?.(error);
        return storeAway;
      }
    }
    return storeAway;
  };

  const readOnce = (find: Find, digest: string): Promise<VerifiedKey | Problem> => {
    const running = inFlight.get(digest);
    if (running !== undefined) return running;
    const reading = read(find, digest).finally(() => inFlight.delete(digest));
    inFlight.set(digest, reading);
    return reading;
  };

  const living = (key: VerifiedKey | Problem): VerifiedKey | Problem => {
    if (isProblem(key)) return key;
    if (key.dead !== undefined) return key.dead;
    const now = clock.now();
    if (now >= key.graceEndsAtMs) return rotatedKey;
    if (now >= key.expiresAtMs) return expiredKey;
    return key.uses?.areSpent ? spentKey : key;
  };

  return {
    verify(text, clientAddress) {
      const digest = hash('sha256', text, 'base64');
      const entry = cache.get(digest, clock.monotonic());
      if (entry !== undefined) return entry.key === undefined ? unknownKey : living(entry.key);
      // Everything that needs no look-up comes first: an invented key costs no database call (K1).
      const finder = finders.find((one) => one.canBe(text));
      if (finder === undefined) return unknownKey;
      return readOnce(() => finder.find(text, clientAddress), digest).then(living);
    },
  };
}
