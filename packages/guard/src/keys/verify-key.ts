import { hash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import type { KeyFinder } from './key-finder.ts';
import { createLookUps, type LookUpLimits, unknownKey } from './look-ups/look-ups.ts';
import { createStaleKeys } from './look-ups/stale-keys.ts';
import { createStoreHealth } from './look-ups/store-health.ts';
import type { KeyCache } from './memory/key-cache.ts';
import type { VerifiedKey } from './verified-key.ts';

export interface KeyVerifier {
  /**
   * The living key that a text is, or why it is refused (401, or 503 when the key store is away).
   * Synchronous for a remembered key; a promise only when the database must be asked.
   */
  verify(text: string, clientAddress: string): VerifiedKey | Problem | Promise<VerifiedKey | Problem>;
  /** Whether keys are served as they were verified before, since the key store is away (`serveWhenAwayMs`). */
  readonly servesStale: boolean;
}

export interface KeyVerifierOptions {
  readonly cache: KeyCache;
  /** One for each kind of keys; the first that a text can be is asked. */
  readonly finders: readonly KeyFinder[];
  readonly clock: Clock;
  readonly onStoreError?: (error: unknown) => void;
  readonly lookUps?: LookUpLimits;
  /** Milliseconds for which verified keys go on while the key store is away (K10). Default 0: they are refused. */
  readonly serveWhenAwayMs?: number;
  /** Hears when that begins, and when it has ended. */
  readonly onStale?: (areServed: boolean) => void;
}

const expiredKey = refuse('expired_key', { detail: 'This API key has expired.' });
const rotatedKey = refuse('expired_key', { detail: 'This API key was rotated and its grace has ended.' });
export const spentKey = refuse('uses_spent', { detail: 'This API key has been used as often as it may be.' });

export function createKeyVerifier(options: KeyVerifierOptions): KeyVerifier {
  const { cache, finders, clock, onStoreError = () => {}, onStale: onChange = () => {} } = options;
  const health = createStoreHealth(clock, () => stale.end());
  const lookUps = createLookUps({ ...options.lookUps, cache, clock, health, onStoreError });
  const stale = createStaleKeys({ cache, clock, health, serveMs: options.serveWhenAwayMs ?? 0, onChange });

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
      const find = () => finder.find(text, clientAddress);
      const found = stale.orRead(digest, () => lookUps.read(digest, find));
      return found instanceof Promise ? found.then(living) : living(found);
    },
    get servesStale() {
      return stale.areServed;
    },
  };
}
