import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
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
  /** One for each, in their order, a few at a time: other requests are answered in between. */
  signAll(claims: readonly FrozenClaim[]): Promise<string[]>;
  /** The public keys of every proof that is still to be believed. */
  publicKeys(): PublicProofKey[];
}

/** The `typ` keeps a proof from being taken for anything else that this key signs (RFC 8725, 3.11). */
export const freezeProofType = 'keyward-freeze+jws';

/** Proofs signed by the keyring's signing key. */
export function freezeProofs(keyring: Pick<Keyring, 'signingKey' | 'all'>): FreezeProofs {
  return {
    sign: (claim) => signed(claim, keyring.signingKey()),
    async signAll(claims) {
      const key = keyring.signingKey();
      const proofs: string[] = [];
      for (const claim of claims) {
        if (proofs.length % turnMax === 0) await setImmediate();
        proofs.push(signed(claim, key));
      }
      return proofs;
    },
    publicKeys: () =>
      keyring.all('signing').map(({ id, material }) => {
        const privateKey = createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' });
        const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
        return { kty: 'OKP', crv: 'Ed25519', x, kid: id, alg: 'EdDSA', use: 'sig' };
      }),
  };
}

/** Proofs made in one turn: about a millisecond of work. */
const turnMax = 16;

function signed(claim: FrozenClaim, { id, privateKey }: ReturnType<Keyring['signingKey']>): string {
  const header = { alg: 'EdDSA', kid: id, typ: freezeProofType };
  const content = `${base64url(JSON.stringify(header))}.${base64url(canonicalize(claim))}`;
  return `${content}.${sign(null, Buffer.from(content), privateKey).toString('base64url')}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
