import type { Keyring } from '../encryption/keyring.ts';
import type { BcryptKeys } from './bcrypt/bcrypt-keys.ts';
import { hasValidChecksum, readKeyForm } from './format.ts';
import { candidateHashes, isOneOf } from './hash.ts';
import type { KeyFinder } from './key-finder.ts';
import type { StoredKey } from './stored-key.ts';

/**
 * Keys that we made: of our form, with a checksum of ours, found by their hash (K1, K3). With `bcrypt` also those that
 * are stored so, which stay found when new keys are no longer made that way.
 */
export function ownKeys(
  keyring: Keyring,
  lookUp: (hashes: readonly string[]) => Promise<StoredKey | undefined>,
  bcrypt?: BcryptKeys,
): KeyFinder {
  return {
    canBe: (text) => readKeyForm(text) !== undefined && hasValidChecksum(text, keyring.all('checksum')),
    async find(text, clientAddress) {
      const hashes = candidateHashes(text, keyring);
      const row = await lookUp(hashes);
      if (row?.keyHash && isOneOf(row.keyHash, hashes)) return row;
      return bcrypt?.findOwn(text, clientAddress);
    },
  };
}
