import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { idSchema, versionHeaders } from '../../documents/document-schemas.ts';
import { collectionParams, collectionSchema, documentCount } from '../collection-schemas.ts';

const access = { kind: 'scopes', scopes: ['metadata:write'] } as const;
const headers = z.object(versionHeaders);

export const deletedCollectionsContract = {
  deleteCollection: defineRoute({
    method: 'DELETE',
    path: '/api/collections/:id',
    summary: 'Delete a collection with everything in it; it can be recovered for 30 days',
    access,
    limit: 'key',
    audit: { action: 'collections.delete', objectType: 'collection' },
    request: { params: collectionParams, headers },
    responses: {
      200: {
        description: 'What was deleted.',
        schema: collectionSchema.extend({
          documents: documentCount.describe('Documents that were deleted with it'),
        }),
      },
    },
    errors: ['not_found', 'conflict'],
  }),
  restoreCollection: defineRoute({
    method: 'POST',
    path: '/api/collections/:id/restore',
    summary: 'Bring back a deleted collection with the documents that were deleted with it, within 30 days',
    access,
    limit: 'key',
    audit: { action: 'collections.restore', objectType: 'collection' },
    request: {
      params: z.strictObject({ id: idSchema.describe('Its id; its name may be taken by now') }),
      headers,
    },
    responses: {
      200: {
        description: 'The collection as it is again.',
        schema: collectionSchema.extend({
          documents: documentCount.describe('Documents that came back with it'),
        }),
      },
    },
    errors: ['not_found', 'conflict'],
  }),
};
