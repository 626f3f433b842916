import { type KeyObject, verify } from 'node:crypto';

// A DER signature over P-256 has 72 bytes at most.
const base64 = /^[A-Za-z0-9+/]{8,96}={0,2}$/;

/** Whether the bytes carry this signature: base64 of DER, ECDSA over P-256 with SHA-256, as GitHub documents. */
export function isSigned(bytes: Uint8Array, signature: string, key: KeyObject): boolean {
  return base64.test(signature) && verify('sha256', bytes, key, Buffer.from(signature, 'base64'));
}
