import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { idSchema, ifMatchHeaders, versionHeaders } from '../document-schemas.ts';

const params = z.strictObject({ id: idSchema });
const freezeSchema = z.object({
  document_id: idSchema,
  collection_id: z.string().max(64).nullable(),
  token_id: z.string().max(78).nullable(),
  version: z.int().min(1).max(2_147_483_647),
  cid: z.string().max(100),
  frozen_at: z.iso.datetime(),
  proof: z.string().max(2_000).describe('A compact JWS (EdDSA) over the other fields as canonical JSON'),
});
const proofKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().max(64),
  kid: z.string().max(64),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

export const freezeContract = {
  freezeDocument: defineRoute({
    method: 'POST',
    path: '/api/metadata/:id/freeze',
    summary: 'Freeze a document for ever: its content, its place and that it is there',
    access: { kind: 'scopes', scopes: ['metadata:write'] },
    limit: 'key',
    audit: { action: 'metadata.freeze', objectType: 'document' },
    request: { params, headers: ifMatchHeaders },
    responses: { 200: { description: 'What is frozen, and the proof.', schema: freezeSchema } },
    errors: ['not_found', 'precondition_failed'],
  }),
  readFreeze: defineRoute({
    method: 'GET',
    path: '/api/metadata/:id/freeze',
    summary: 'The proof of a frozen document',
    access: { kind: 'scopes', scopes: ['metadata:read'] },
    limit: 'key',
    audit: { action: 'metadata.read_freeze', objectType: 'document' },
    request: { params, headers: z.object(versionHeaders) },
    responses: { 200: { description: 'What is frozen, and the proof.', schema: freezeSchema } },
    errors: ['not_found'],
  }),
  listProofKeys: defineRoute({
    method: 'GET',
    path: '/api/metadata/proof-keys',
    summary: 'The public keys (JWK Set, RFC 7517) that proofs are verified with',
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'metadata.list_proof_keys' },
    request: {},
    responses: {
      200: { description: 'A JWK Set.', schema: z.object({ keys: z.array(proofKeySchema).max(100) }) },
    },
    errors: [],
  }),
};
