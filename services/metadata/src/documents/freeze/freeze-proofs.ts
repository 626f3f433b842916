import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { Keyring } from '@keyward/guard';
import { canonicalize } from '../../content-identifiers/canonicalize.ts';

/** What a frozen document's proof says. Token URIs go by `collection_id`. Times are RFC 3339. */
export interface FrozenClaim {
  readonly document_id: string;
  readonly collection_id: string | null;
  readonly token_id: string | null;
  readonly version: number;
  readonly cid: string;
  readonly frozen_at: string;
}

/** A public key as a JWK (RFC 8037). */
export interface PublicProofKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
}

/** Signs what is frozen, so that whoever holds the proof can show it without us. */
export interface FreezeProofs {
  /** A compact JWS (RFC 7515) with EdDSA over the canonical JSON of the claim. */
  sign(claim: FrozenClaim): string;
  /** The public keys of every proof that is still to be believed. */
  publicKeys(): PublicProofKey[];
}

/** The `typ` keeps a proof from being taken for anything else that this key signs (RFC 8725, 3.11). */
export const freezeProofType = 'keyward-freeze+jws';

/** Proofs signed by the keyring's signing key. */
export function freezeProofs(keyring: Pick<Keyring, 'signingKey' | 'all'>): FreezeProofs {
  return {
    sign(claim) {
      const { id, privateKey } = keyring.signingKey();
      const header = { alg: 'EdDSA', kid: id, typ: freezeProofType };
      const content = `${base64url(JSON.stringify(header))}.${base64url(canonicalize(claim))}`;
      return `${content}.${sign(null, Buffer.from(content), privateKey).toString('base64url')}`;
    },
    publicKeys: () =>
      keyring.all('signing').map(({ id, material }) => {
        const privateKey = createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' });
        const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
        return { kty: 'OKP', crv: 'Ed25519', x, kid: id, alg: 'EdDSA', use: 'sig' };
      }),
  };
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
