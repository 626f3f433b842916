import { randomBytes } from 'node:crypto';

/** A new id: 16 characters of [a-z2-7], 80 random bits, so that it names one collection of all owners. */
export function newCollectionId(): string {
  let id = '';
  for (const byte of randomBytes(16)) id += alphabet[byte & 31];
  return id;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Whether a text has the form of a collection's id. */
export function isCollectionId(text: string): boolean {
  return /^[a-z2-7]{16}$/.test(text);
}
