import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { versionHeaders } from '../../documents/document-schemas.ts';
import { collectionParams, collectionSchema, documentCount } from '../collection-schemas.ts';

export const freezeCollectionContract = {
  freezeCollection: defineRoute({
    method: 'POST',
    path: '/api/collections/:id/freeze',
    summary: 'Freeze a collection for ever: every document in it, and that none is added',
    access: { kind: 'scopes', scopes: ['metadata:write'] },
    limit: 'key',
    audit: { action: 'collections.freeze', objectType: 'collection' },
    request: { params: collectionParams, headers: z.object(versionHeaders) },
    responses: {
      200: {
        description: 'The collection; each document has its own proof (`GET /api/metadata/:id/freeze`).',
        schema: collectionSchema.extend({
          documents: documentCount.describe('Documents in it, all of them frozen'),
          newly_frozen: documentCount.describe('How many of them this call has frozen'),
        }),
      },
    },
    errors: ['not_found'],
  }),
};
