import { defineRoute } from '@keyward/guard';
import { z } from 'zod';

const base64 = (charactersMax: number) => z.string().max(charactersMax);
/** As PostgreSQL writes them; the longest are the masked states of an object. */
const fields = z.record(z.string().max(64), z.string().max(2_000_000).nullable());

const receiptSchema = z.object({
  format: z.literal('keyward-receipt/1'),
  entry: fields,
  personal: z.union([z.object({ fields, salt: base64(24) }), z.object({ commitment: base64(44) })]),
  seq: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  proof: z.array(base64(44)).max(64),
  checkpoint: z.string().max(4096).describe('A C2SP signed note'),
});

export const auditProofsContract = {
  auditProof: defineRoute({
    method: 'GET',
    path: '/v1/audit/proof/:request_id',
    summary:
      'A receipt: the proof that a request of yours stands in the audit log, checked without this server',
    access: { kind: 'key' },
    limit: [{ limit: 60, windowMs: 60_000 }],
    audit: { action: 'audit.proof', objectType: 'audit' },
    request: {
      params: z.strictObject({
        request_id: z.string().min(1).max(64).describe('X-Request-Id of the answer'),
      }),
    },
    responses: {
      200: { description: 'The receipt; @keyward/client checks it offline.', schema: receiptSchema },
      202: {
        description:
          'No checkpoint covers it yet, if there is such a request; ask again after Retry-After seconds.',
        schema: z.object({ status: z.literal('pending') }),
      },
    },
    errors: ['not_found'],
  }),
  auditCheckpoint: defineRoute({
    method: 'GET',
    path: '/v1/audit/checkpoint',
    summary: 'The newest signed checkpoint of the audit log, for whoever watches it',
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'audit.checkpoint', objectType: 'audit' },
    request: {},
    responses: { 200: { description: 'A C2SP signed note.', contentType: 'text/plain' } },
    errors: ['not_found'],
  }),
};
