import { hash, timingSafeEqual } from 'node:crypto';
import { hmacSha256 } from '../encryption/hmac.ts';
import type { Keyring, KeyringKey } from '../encryption/keyring.ts';

/** `hmac-sha256.<pepper id>.<base64url>`: the hash says how it was made (K3). */
export function hashApiKey(key: string, pepper: KeyringKey): string {
  return `hmac-sha256.${pepper.id}.${hmacSha256(pepper, key).toString('base64url')}`;
}

/** `sha256.<base64url>`: how an imported key may be stored until its first use (K13). */
export function sha256OfKey(key: string): string {
  return `sha256.${hash('sha256', key, 'base64url')}`;
}

/** Every hash under which the key may be stored: one per pepper that still verifies, the newest first. */
export function candidateHashes(key: string, keyring: Keyring): string[] {
  return keyring.all('pepper').map((pepper) => hashApiKey(key, pepper));
}

/** Whether a stored hash is one of the candidates, in constant time for each. */
export function isOneOf(stored: string, candidates: readonly string[]): boolean {
  const bytes = Buffer.from(stored);
  let found = false;
  for (const candidate of candidates) {
    const other = Buffer.from(candidate);
    if (other.length === bytes.length && timingSafeEqual(other, bytes)) found = true;
  }
  return found;
}
