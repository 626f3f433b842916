import { batchBodyBytesMax, defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import {
  findingsSchema,
  idempotencyHeaders,
  idSchema,
  storedDocumentSchema,
  tokenRangeSchema,
} from '../document-schemas.ts';
import {
  batchBody,
  batchItemsMax,
  deletionItem,
  type ItemSchema,
  newItem,
  replacementItem,
} from './batch-item.ts';

const count = z.int().min(0).max(batchItemsMax);
const outcomeSchema = storedDocumentSchema.partial().extend({
  index: count.describe("The item's place in the batch, from 0"),
  status: z.int().min(200).max(503),
  id: idSchema.optional(),
  code: z.string().max(40).optional().describe('Why it was refused'),
  detail: z.string().max(300).optional(),
  errors: findingsSchema.optional(),
});
const answer = z.object({
  succeeded: count,
  failed: count,
  refresh: z.array(tokenRangeSchema).max(batchItemsMax).describe('Tokens to announce by EIP-4906'),
  data: z.array(outcomeSchema).max(batchItemsMax),
});

function batchRoute<const M extends 'POST' | 'PUT' | 'DELETE', S extends ItemSchema>(
  method: M,
  item: S,
  { summary, action, status }: { summary: string; action: string; status: 200 | 201 },
) {
  return defineRoute({
    method,
    path: '/api/metadata/batch',
    summary: `${summary}: up to 1000 at once, all or nothing, or each by itself`,
    access: { kind: 'scopes', scopes: ['metadata:write'] },
    limit: 'key',
    audit: { action, objectType: 'document' },
    request: {
      query: z.strictObject({
        mode: z
          .enum(['all', 'each'])
          .default('all')
          .describe(
            '`all`: one refused item refuses all. `each`: the others are done, and the answer is 207',
          ),
      }),
      headers: idempotencyHeaders,
      body: {
        ...jsonBody(batchBody(item), { bytesMax: batchBodyBytesMax }),
        beyondLimits: 'invalid_request',
      },
    },
    responses: {
      [status]: { description: 'All of it was done.', schema: answer },
      207: { description: 'Some items were refused; the others are done.', schema: answer },
    },
    errors: ['not_found', 'conflict', 'precondition_failed', 'idempotency_conflict'],
  });
}

export const batchContract = {
  createBatch: batchRoute('POST', newItem, {
    summary: 'Keep metadata documents',
    action: 'metadata.create_batch',
    status: 201,
  }),
  replaceBatch: batchRoute('PUT', replacementItem, {
    summary: 'Replace metadata documents, by id or by place',
    action: 'metadata.replace_batch',
    status: 200,
  }),
  deleteBatch: batchRoute('DELETE', deletionItem, {
    summary: 'Delete metadata documents, by id or by place',
    action: 'metadata.delete_batch',
    status: 200,
  }),
};
