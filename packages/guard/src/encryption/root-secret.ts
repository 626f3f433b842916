import { createHash, hkdfSync } from 'node:crypto';

/** Secrets that stand in public documents, also those of the checklists; anybody may try them. */
const published = new Set([
  'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789',
  'your-secret-key-at-least-32-characters-long',
  'changemechangemechangemechangeme',
  '0123456789abcdef0123456789abcdef',
]);

/** Why a secret is refused (D3), as the end of a sentence that begins with its name; undefined when it is good. */
export function secretWeakness(secret: string): string | undefined {
  if (secret.length < 32)
    return `has ${secret.length} characters and needs at least 32: openssl rand -base64 32`;
  if (published.has(secret)) return 'is a published example: openssl rand -base64 32';
  if (estimatedBits(secret) < 100) return 'is too regular to be random: openssl rand -base64 32';
  return undefined;
}

/** Shannon entropy of the characters and of their steps, in bits for the whole text: low for repeats and sequences. */
function estimatedBits(text: string): number {
  const characters = [...text].map((character) => character.codePointAt(0) as number);
  const steps = characters.slice(1).map((code, at) => code - (characters[at] as number));
  return Math.min(entropyBits(characters) * characters.length, entropyBits(steps) * steps.length);
}

function entropyBits(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / values.length) * Math.log2(count / values.length);
  return bits;
}

/** The key that wraps the keyring, derived from the root secret, with an id that tells two roots apart. */
export interface RootKey {
  readonly id: string;
  readonly material: Uint8Array;
}

export function rootKeyFrom(secret: string): RootKey {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'keyward', purpose, 32));
  const id = createHash('sha256').update(derive('root key id v1')).digest('hex').slice(0, 12);
  return { id: `root${id}`, material: derive('keyring wrap v1') };
}
