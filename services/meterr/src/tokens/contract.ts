import { defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import {
  costAnswer,
  cursorField,
  dateField,
  decimalsField,
  idParams,
  limitField,
  modelName,
  pricedAnswer,
  textRecord,
  tokenCount,
} from '../fields.ts';

/** UTF-16 units, as JavaScript counts them. */
export const textUnitsMax = 100_000;

const tokenAnswer = z.object({
  id: z.uuid(),
  model: z.string(),
  encoding: z.string(),
  count: tokenCount,
  exactness: z.enum(['exact', 'estimated']).describe('Estimated where no public tokenizer exists'),
  priced: pricedAnswer,
  cost: costAnswer,
  price_id: z.uuid().nullable(),
  metadata: z.record(z.string(), z.string()),
  created_at: z.iso.datetime(),
});

/** Counting tokens (T1). A count is not usage: it enters no summary. */
export const tokensContract = {
  countTokens: defineRoute({
    method: 'POST',
    path: '/v1/tokens',
    summary: "Count a text's tokens as the model does, and price them as input; the text is not kept",
    access: { kind: 'scopes', scopes: ['tokens:write'] },
    limit: 'key',
    audit: { action: 'tokens.count', objectType: 'token' },
    request: {
      query: z.strictObject({ decimals: decimalsField }),
      body: jsonBody(
        z.strictObject({
          text: z.string().max(textUnitsMax, 'Text too long'),
          model: modelName,
          metadata: textRecord.optional(),
        }),
      ),
    },
    responses: { 201: { description: 'Counted', schema: tokenAnswer } },
    errors: ['overloaded'],
  }),
  listTokens: defineRoute({
    method: 'GET',
    path: '/v1/tokens',
    summary: 'List counts, newest first',
    access: { kind: 'scopes', scopes: ['tokens:read'] },
    limit: 'key',
    audit: { action: 'tokens.list', objectType: 'token' },
    request: {
      query: z.strictObject({
        start_date: dateField.optional(),
        end_date: dateField.optional(),
        cursor: cursorField.optional(),
        limit: limitField,
        decimals: decimalsField,
      }),
    },
    responses: {
      200: {
        description: 'A page of counts',
        schema: z.object({ data: z.array(tokenAnswer), next_cursor: z.string().nullable() }),
      },
    },
    errors: [],
  }),
  getToken: defineRoute({
    method: 'GET',
    path: '/v1/tokens/:id',
    summary: 'Read one count',
    access: { kind: 'scopes', scopes: ['tokens:read'] },
    limit: 'key',
    audit: { action: 'tokens.read', objectType: 'token' },
    request: { params: idParams, query: z.strictObject({ decimals: decimalsField }) },
    responses: { 200: { description: 'The count', schema: tokenAnswer } },
    errors: ['not_found'],
  }),
};
