import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { KeyringKey } from './keyring.ts';

const keyObjects = new WeakMap<KeyringKey, KeyObject>();

/** HMAC-SHA-256 of a text under a key of the keyring. Its key object is kept: making one costs six times the MAC. */
export function hmacSha256(key: KeyringKey, text: string): Buffer {
  let object = keyObjects.get(key);
  if (object === undefined) {
    object = createSecretKey(key.material);
    keyObjects.set(key, object);
  }
  return createHmac('sha256', object).update(text).digest();
}
