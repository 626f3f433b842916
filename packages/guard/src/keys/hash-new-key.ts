import type { Keyring } from '../encryption/keyring.ts';
import type { Problem } from '../reply.ts';
import { hashWithBcrypt } from './bcrypt/run-bcrypt.ts';
import { hashApiKey } from './hash.ts';

/** How the keys that we make are kept (K3). */
export const keyHashes = ['hmac-sha256', 'bcrypt'] as const;
export type KeyHash = (typeof keyHashes)[number];

export interface HashNewKeyDeps {
  readonly keyring: Keyring;
  /** Default `hmac-sha256`. */
  readonly keyHash?: KeyHash;
}

/** What is stored of a key that was just made. 422 when it is longer than bcrypt reads. */
export async function hashNewKey(
  key: string,
  { keyring, keyHash = 'hmac-sha256' }: HashNewKeyDeps,
): Promise<string | Problem> {
  return keyHash === 'bcrypt' ? hashWithBcrypt(key) : hashApiKey(key, keyring.primary('pepper'));
}
