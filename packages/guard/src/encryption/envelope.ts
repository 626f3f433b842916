import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** A sealed value that was altered, cut, moved to another place, or made under another key. */
export class SealedValueError extends Error {
  override readonly name = 'SealedValueError';
}

/**
 * Encrypts with AES-256-GCM (D1). The text is `kw1.<key id>.<base64url of nonce, ciphertext, tag>`.
 * `place` (table, column, row) is bound as associated data: the value opens nowhere else.
 */
export function seal(
  plaintext: Uint8Array,
  key: { id: string; material: Uint8Array },
  place: string,
): string {
  // 96 random bits per value: NIST SP 800-38D allows 2^32 values under one key this way.
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key.material, nonce);
  cipher.setAAD(associatedData(key.id, place));
  const body = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return `kw${version}.${key.id}.${body.toString('base64url')}`;
}

/** The id of the key that sealed `text`. */
export function sealedUnder(text: string): string {
  return split(text).keyId;
}

/** Opens what `seal` made for the same place, or throws `SealedValueError`. */
export function unseal(text: string, keyOf: (id: string) => Uint8Array | undefined, place: string): Buffer {
  const { keyId, body } = split(text);
  const material = keyOf(keyId);
  if (material === undefined) throw new SealedValueError(`sealed under the unknown key ${keyId}`);
  if (body.length < nonceBytes + tagBytes) throw new SealedValueError('the sealed value is cut short');
  const decipher = createDecipheriv('aes-256-gcm', material, body.subarray(0, nonceBytes));
  decipher.setAAD(associatedData(keyId, place));
  decipher.setAuthTag(body.subarray(body.length - tagBytes));
  try {
    return Buffer.concat([
      decipher.update(body.subarray(nonceBytes, body.length - tagBytes)),
      decipher.final(),
    ]);
  } catch {
    throw new SealedValueError(
      `the value sealed under ${keyId} was altered, moved, or made under another key`,
    );
  }
}

function split(text: string): { keyId: string; body: Buffer } {
  const match = /^kw1\.([A-Za-z0-9]{1,32})\.([A-Za-z0-9_-]+)$/.exec(text);
  if (match === null) throw new SealedValueError('not a sealed value');
  return { keyId: match[1] as string, body: Buffer.from(match[2] as string, 'base64url') };
}

function associatedData(keyId: string, place: string): Buffer {
  return Buffer.from(JSON.stringify(['keyward', version, keyId, place]));
}
