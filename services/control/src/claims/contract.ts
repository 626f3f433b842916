import { cursorSchema, defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { keySchema } from '../keys/key-schema.ts';

const claim = z.string().min(1).max(200).describe('The token: what follows # in the link');

const claimedKeySchema = keySchema.extend({
  key: z.string().max(80).describe('The full key. It is shown this once.'),
});

const listedSchema = z.object({
  expires_at: z.iso.datetime(),
  data: z
    .array(
      z.object({
        id: z.string().max(64),
        name: z.string().max(100),
        service: z.string().max(32),
        environment: z.enum(['live', 'test']),
        scopes: z.array(z.string().max(64)).max(50),
        created_at: z.iso.datetime(),
        state: z
          .enum(['waiting', 'claimed', 'ended'])
          .describe('"waiting": its secret can be made; "ended": it was stopped before that'),
      }),
    )
    .max(100),
  next_cursor: z.string().max(300).nullable(),
});

/** The token stands in the body, never in the URL, which is logged. */
const bytesMax = 4096;

export const claimsContract = {
  claimKey: defineRoute({
    method: 'POST',
    path: '/v1/keys/claims',
    summary: 'Make the secret of one key of a claim; the answer is the only one that holds it',
    access: { kind: 'anybody' },
    limit: 'none',
    audit: { action: 'keys.claim', objectType: 'key', isAdministrative: true },
    request: {
      body: jsonBody(
        z.strictObject({
          claim,
          key_id: z
            .string()
            .min(1)
            .max(64)
            .optional()
            .describe('May be left out when one key of the claim has no secret yet'),
        }),
        { bytesMax },
      ),
    },
    responses: { 201: { description: 'The key.', schema: claimedKeySchema } },
    errors: ['not_found', 'conflict', 'claim_used', 'claim_expired'],
  }),
  listClaim: defineRoute({
    method: 'POST',
    path: '/v1/keys/claims/list',
    summary: 'The keys of a claim; makes nothing',
    access: { kind: 'anybody' },
    limit: 'none',
    audit: { action: 'keys.claim_list', objectType: 'key' },
    request: { body: jsonBody(z.strictObject({ claim, cursor: cursorSchema.optional() }), { bytesMax }) },
    responses: { 200: { description: 'A page of keys.', schema: listedSchema } },
    errors: ['not_found', 'claim_expired'],
  }),
};
