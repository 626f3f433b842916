import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

/** A public key of signed notes (C2SP signed-note): who signs, and with what. */
export interface NoteVerifier {
  readonly name: string;
  /** Four bytes in hexadecimal. */
  readonly keyId: string;
  /** `name+hash+base64`, as tools for transparency logs take it. */
  readonly vkey: string;
  holds(text: string, signature: Uint8Array): boolean;
}

export interface NoteSigner extends NoteVerifier {
  sign(text: string): Buffer;
}

/** A verifier key that is none; the message says why. */
export class NoteKeyError extends Error {
  override readonly name = 'NoteKeyError';
}

const ed25519 = Buffer.from([0x01]);
const publicKeyBytes = 32;
/** What DER puts before the 32 bytes of an Ed25519 public key (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** `privateKey`: Ed25519 in PKCS #8, DER. */
export function noteSigner(name: string, privateKey: Uint8Array): NoteSigner {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    ...verifierOf(name, spki.subarray(spkiPrefix.length)),
    sign: (text) => sign(null, Buffer.from(text), key),
  };
}

/** Reads a verifier key `name+hash+base64`. Throws `NoteKeyError`. */
export function parseNoteKey(vkey: string): NoteVerifier {
  const [name = '', keyId = '', base64 = '', ...more] = splitKey(vkey.trim());
  const key = Buffer.from(base64, 'base64');
  if (
    more.length > 0 ||
    !isNoteName(name) ||
    !/^[0-9a-f]{8}$/.test(keyId) ||
    key.toString('base64') !== base64
  )
    throw new NoteKeyError(
      'A verifier key reads name+hash+base64; "keyward audit key" prints those of this log.',
    );
  if (key[0] !== 0x01 || key.length !== 1 + publicKeyBytes)
    throw new NoteKeyError('Only Ed25519 keys (algorithm 1) sign checkpoints.');
  const verifier = verifierOf(name, key.subarray(1));
  if (verifier.keyId !== keyId)
    throw new NoteKeyError('The hash in the verifier key is not that of the key.');
  return verifier;
}

/** Not empty, without spaces and pluses, which separate it (C2SP signed-note). */
export function isNoteName(name: string): boolean {
  return /^[^\s+]{1,200}$/u.test(name);
}

// Base64 may hold pluses too.
function splitKey(vkey: string): string[] {
  const match = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(vkey);
  return match === null ? [] : match.slice(1);
}

function verifierOf(name: string, publicKey: Uint8Array): NoteVerifier {
  const typed = Buffer.concat([ed25519, publicKey]);
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'hex').slice(0, 8);
  let key: KeyObject | undefined;
  return {
    name,
    keyId,
    vkey: `${name}+${keyId}+${typed.toString('base64')}`,
    holds(text, signature) {
      key ??= createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' });
      return signature.length === 64 && verify(null, Buffer.from(text), key, signature);
    },
  };
}
