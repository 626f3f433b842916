import { generateKey, type Keyring, keyringOf } from '@keyward/guard';

/** A keyring with a key for each purpose of media. */
export function testKeyring(): Keyring {
  return keyringOf([generateKey('signing'), generateKey('claims')]);
}
