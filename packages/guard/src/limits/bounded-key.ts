import { createHash } from 'node:crypto';

const charsMax = 128;

/**
 * A stand-in of at most 129 characters that is different for different keys, so that a million of them stay bounded
 * in bytes (L5). Short well-formed keys stand for themselves; all others become `#` and a SHA-512: 129 characters,
 * which no key that stands for itself has. A lone surrogate has no UTF-8 of its own, so two of them would meet in Redis.
 */
export function boundedKey(key: string): string {
  if (key.length <= charsMax && key.isWellFormed()) return key;
  return `#${createHash('sha512').update(key, 'utf16le').digest('hex')}`;
}
