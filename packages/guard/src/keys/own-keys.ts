import type { Keyring } from '../encryption/keyring.ts';
import { hasValidChecksum, readKeyForm } from './format.ts';
import { candidateHashes, isOneOf } from './hash.ts';
import type { KeyFinder } from './key-finder.ts';
import type { StoredKey } from './stored-key.ts';

/** Keys that we made: of our form, with a checksum of ours, found by their hash (K1, K3). */
export function ownKeys(
  keyring: Keyring,
  lookUp: (hashes: readonly string[]) => Promise<StoredKey | undefined>,
): KeyFinder {
  return {
    canBe: (text) => readKeyForm(text) !== undefined && hasValidChecksum(text, keyring.all('checksum')),
    async find(text) {
      const hashes = candidateHashes(text, keyring);
      const row = await lookUp(hashes);
      return row?.keyHash && isOneOf(row.keyHash, hashes) ? row : undefined;
    },
  };
}
