import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { documentSchema } from '../documents/document-schemas.ts';

export const tokenUrisContract = {
  readToken: defineRoute({
    method: 'GET',
    path: '/t/:collection/:token_id',
    summary: 'The token URI: the document of a published token, byte for byte as its CID names it',
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'tokens.read', objectType: 'token' },
    request: {
      params: z.strictObject({
        collection: z.string().min(1).max(64),
        token_id: z
          .string()
          .min(1)
          .max(90)
          .describe('Decimal, `0x` and hex digits, or 64 hex digits; `.json` may follow'),
      }),
      headers: z.object({ 'if-none-match': z.string().max(1_000).optional() }),
    },
    responses: {
      200: {
        description: 'Canonical JSON (RFC 8785).',
        schema: documentSchema,
        contentType: 'application/json',
      },
      304: { description: 'The caller has it already.' },
    },
    errors: ['not_found'],
  }),
};
