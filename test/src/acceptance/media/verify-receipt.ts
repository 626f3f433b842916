import { createPublicKey, verify } from 'node:crypto';

export interface ReceiptClaims {
  readonly id: string;
  readonly sha256: string;
  readonly cid: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly duration_ms: number | null;
  readonly checks: readonly string[];
}

export interface KeySet {
  readonly keys: readonly {
    readonly kid: string;
    readonly kty: string;
    readonly crv: string;
    readonly x: string;
  }[];
}

/** What a receipt says, by nothing but itself and the published keys; undefined when it does not hold. */
export function verifyReceipt(receipt: string, { keys }: KeySet): ReceiptClaims | undefined {
  const [head = '', body = '', signature = ''] = receipt.split('.');
  const header = read(head) as { alg: string; typ: string; kid: string };
  const jwk = keys.find(({ kid }) => kid === header.kid);
  if (!jwk || header.alg !== 'EdDSA' || header.typ !== 'keyward-media-receipt+jws') return undefined;
  const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' });
  const holds = verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  return holds ? (read(body) as ReceiptClaims) : undefined;
}

const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
