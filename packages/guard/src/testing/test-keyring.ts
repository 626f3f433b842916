import { generateKey, type Keyring, keyringOf, purposes } from '../encryption/keyring.ts';

/** A keyring of its own, in memory. */
export function testKeyring(): Keyring {
  return keyringOf(purposes.map(generateKey));
}
