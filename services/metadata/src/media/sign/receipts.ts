import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto';
import type { Keyring, KeyringKey } from '@keyward/guard';
import type { MediaRow } from '../media-table.ts';

/** A public key as RFC 8037 writes it. */
export interface ReceiptKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly alg: 'EdDSA';
  readonly use: 'sig';
  readonly kid: string;
  readonly x: string;
}

export interface Receipts {
  /** A compact JWS (RFC 7515) over what was found out about a file. */
  issue(row: MediaRow, checks: readonly string[]): string;
  /** Those that verify receipts, newest first. */
  keys(): readonly ReceiptKey[];
}

export const receiptType = 'keyward-media-receipt+jws';

/**
 * Signs receipts with Ed25519, so that anybody who has the public key can verify one offline. The keys are derived from
 * those for signing: no signature for another purpose can be taken for a receipt.
 */
export function createReceipts(keyring: Keyring): Receipts {
  const known = new WeakMap<KeyringKey, KeyObject>();
  const privateKey = (key: KeyringKey): KeyObject => {
    const derived = known.get(key) ?? derive(key);
    known.set(key, derived);
    return derived;
  };
  return {
    issue(row, checks) {
      const key = keyring.primary('signing');
      const header = { alg: 'EdDSA', typ: receiptType, kid: key.id };
      const signed = `${encode(header)}.${encode(claimsOf(row, checks))}`;
      return `${signed}.${sign(null, Buffer.from(signed), privateKey(key)).toString('base64url')}`;
    },
    keys: () =>
      keyring.all('signing').map((key) => {
        const { x = '' } = createPublicKey(privateKey(key)).export({ format: 'jwk' });
        return { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: key.id, x };
      }),
  };
}

function claimsOf(row: MediaRow, checks: readonly string[]) {
  return {
    id: row.id,
    environment: row.environment,
    sha256: row.sha256,
    cid: row.cid,
    type: row.type,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    frames: row.frames,
    duration_ms: row.durationMs,
    original_sha256: row.originalSha256,
    original_bytes: row.originalBytes,
    checks,
    created_at: row.createdAt.toISOString(),
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** PKCS #8 of an Ed25519 key is these bytes and 32 of seed (RFC 8410). */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

function derive({ material }: KeyringKey): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', material, '', 'keyward media receipt v1', 32));
  return createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' });
}
