import { cursorSchema, defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { idSchema, placeQuery, storedDocumentSchema, versionHeaders } from '../document-schemas.ts';

export const deletedContract = {
  listDeleted: defineRoute({
    method: 'GET',
    path: '/api/metadata/deleted',
    summary: 'Deleted documents that can be recovered, last deleted first',
    access: { kind: 'scopes', scopes: ['metadata:read'] },
    limit: 'key',
    audit: { action: 'metadata.list_deleted', objectType: 'document' },
    request: {
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: cursorSchema.optional(),
      }),
      headers: z.object(versionHeaders),
    },
    responses: {
      200: {
        description: 'A page of deleted documents, without their content.',
        schema: z.object({
          data: z
            .array(
              z.object({
                id: idSchema,
                collection: z.string().max(100).nullable(),
                token_id: z.string().max(78).nullable(),
                version: z.int().min(1).max(2_147_483_647),
                cid: z.string().max(100),
                name: z.string().max(256),
                with_collection: z.boolean().describe('It was its collection that was deleted'),
                deleted_at: z.iso.datetime(),
                recoverable_until: z.iso.datetime(),
              }),
            )
            .max(100),
          next_cursor: z.string().max(300).nullable(),
        }),
      },
    },
    errors: [],
  }),
  restoreDocument: defineRoute({
    method: 'POST',
    path: '/api/metadata/:id/restore',
    summary: 'Bring back a deleted document within 30 days; the query puts it elsewhere',
    access: { kind: 'scopes', scopes: ['metadata:write'] },
    limit: 'key',
    audit: { action: 'metadata.restore', objectType: 'document' },
    request: {
      params: z.strictObject({ id: idSchema }),
      query: z.strictObject(placeQuery),
      headers: z.object(versionHeaders),
    },
    responses: { 200: { description: 'The document as it is kept.', schema: storedDocumentSchema } },
    errors: ['not_found', 'conflict'],
  }),
};
