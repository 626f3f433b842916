import { cursorSchema, defineRoute, displayName } from '@keyward/guard';
import { z } from 'zod';
import { versionHeaders } from '../documents/document-schemas.ts';

const params = z.strictObject({ id: displayName().describe('Id or name') });
const headers = z.object(versionHeaders);
const collectionSchema = z.object({
  id: z.string().max(64),
  name: z.string().max(100),
  published: z.boolean(),
  published_at: z.iso.datetime().nullable(),
  token_uri: z.string().max(120).describe('Path of its token URIs, with `{token_id}` for the id'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export const collectionsContract = {
  listCollections: defineRoute({
    method: 'GET',
    path: '/api/collections',
    summary: 'Collections, newest first',
    access: { kind: 'scopes', scopes: ['metadata:read'] },
    limit: 'key',
    audit: { action: 'collections.list', objectType: 'collection' },
    request: {
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: cursorSchema.optional(),
      }),
      headers,
    },
    responses: {
      200: {
        description: 'A page of collections.',
        schema: z.object({
          data: z.array(collectionSchema).max(100),
          next_cursor: z.string().max(300).nullable(),
        }),
      },
    },
    errors: [],
  }),
  readCollection: defineRoute({
    method: 'GET',
    path: '/api/collections/:id',
    summary: 'One collection',
    access: { kind: 'scopes', scopes: ['metadata:read'] },
    limit: 'key',
    audit: { action: 'collections.read', objectType: 'collection' },
    request: { params, headers },
    responses: { 200: { description: 'The collection.', schema: collectionSchema } },
    errors: ['not_found'],
  }),
  publishCollection: defineRoute({
    method: 'POST',
    path: '/api/collections/:id/publish',
    summary: 'Publish a collection: from now on its token URIs answer',
    access: { kind: 'scopes', scopes: ['metadata:write'] },
    limit: 'key',
    audit: { action: 'collections.publish', objectType: 'collection' },
    request: { params, headers },
    responses: { 200: { description: 'The collection as it is now.', schema: collectionSchema } },
    errors: ['not_found'],
  }),
};
