import { cursorSchema, defineRoute, displayName, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import {
  documentBody,
  ifMatchHeaders,
  ifNoneMatchHeaders,
  storedDocumentSchema,
  tokenRangeSchema,
  versionHeaders,
} from '../documents/document-schemas.ts';
import { collectionSchema, collectionParams as params } from './collection-schemas.ts';
import { rangesMax } from './refresh/read-refresh.ts';

const headers = z.object(versionHeaders);
const moment = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((text) => Date.parse(text) >= 0, 'must not lie before 1970');
const read = { kind: 'scopes', scopes: ['metadata:read'] } as const;
const write = { kind: 'scopes', scopes: ['metadata:write'] } as const;
const one = { 200: { description: 'The collection.', schema: collectionSchema } };
const placeholder = z
  .unknown()
  .describe('A metadata document that every token URI answers until the collection is published; null: none');
/** A number that a double does not hold is content here, as in documents. */
const fieldsBody = <S extends z.ZodType>(schema: S) =>
  ({ ...jsonBody(schema), beyondLimits: 'invalid_request' }) as const;

export const collectionsContract = {
  listCollections: defineRoute({
    method: 'GET',
    path: '/api/collections',
    summary: 'Collections, newest first',
    access: read,
    limit: 'key',
    audit: { action: 'collections.list', objectType: 'collection' },
    request: {
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: cursorSchema.optional(),
        deleted: z
          .enum(['true', 'false'])
          .default('false')
          .transform((text) => text === 'true')
          .describe('Those that are deleted and can be recovered, instead'),
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
  createCollection: defineRoute({
    method: 'POST',
    path: '/api/collections',
    summary: 'Make a draft collection',
    access: write,
    limit: 'key',
    audit: { action: 'collections.create', objectType: 'collection' },
    request: {
      headers,
      body: fieldsBody(z.strictObject({ name: displayName(), placeholder: placeholder.optional() })),
    },
    responses: { 201: { description: 'The collection.', schema: collectionSchema } },
    errors: ['conflict'],
  }),
  readCollection: defineRoute({
    method: 'GET',
    path: '/api/collections/:id',
    summary: 'One collection',
    access: read,
    limit: 'key',
    audit: { action: 'collections.read', objectType: 'collection' },
    request: { params, headers },
    responses: one,
    errors: ['not_found'],
  }),
  updateCollection: defineRoute({
    method: 'PATCH',
    path: '/api/collections/:id',
    summary: 'Rename a collection, or change its placeholder; its token URIs stay',
    access: write,
    limit: 'key',
    audit: { action: 'collections.update', objectType: 'collection' },
    request: {
      params,
      headers,
      body: fieldsBody(
        z.strictObject({ name: displayName().optional(), placeholder: placeholder.optional() }),
      ),
    },
    responses: one,
    errors: ['not_found', 'conflict'],
  }),
  publishCollection: defineRoute({
    method: 'POST',
    path: '/api/collections/:id/publish',
    summary: 'Publish a collection: from now on its token URIs answer',
    access: write,
    limit: 'key',
    audit: { action: 'collections.publish', objectType: 'collection' },
    request: { params, headers },
    responses: { 200: { description: 'The collection as it is now.', schema: collectionSchema } },
    errors: ['not_found'],
  }),
  readContract: defineRoute({
    method: 'GET',
    path: '/api/collections/:id/contract',
    summary: "A collection's contract metadata (ERC-7572)",
    access: read,
    limit: 'key',
    audit: { action: 'collections.read_contract', objectType: 'document' },
    request: { params, headers: ifNoneMatchHeaders },
    responses: {
      200: { description: 'The document.', schema: storedDocumentSchema },
      304: { description: 'The caller has it already.' },
    },
    errors: ['not_found'],
  }),
  putContract: defineRoute({
    method: 'PUT',
    path: '/api/collections/:id/contract',
    summary: "Keep a collection's contract metadata (ERC-7572); the body is the document itself",
    access: write,
    limit: 'key',
    audit: { action: 'collections.put_contract', objectType: 'document' },
    request: { params, headers: ifMatchHeaders, body: documentBody() },
    responses: {
      200: { description: 'The document as it is kept.', schema: storedDocumentSchema },
      201: { description: 'The same, when there was none.', schema: storedDocumentSchema },
    },
    errors: ['not_found', 'conflict', 'precondition_failed'],
  }),
  readRefresh: defineRoute({
    method: 'GET',
    path: '/api/collections/:id/refresh',
    summary: 'The tokens whose content has changed since a moment, as EIP-4906 announces them',
    access: read,
    limit: 'key',
    audit: { action: 'collections.read_refresh', objectType: 'collection' },
    request: { params, query: z.strictObject({ since: moment }), headers },
    responses: {
      200: {
        description: 'At most 1000 ranges; where there would be more, one that holds them all.',
        schema: z.object({
          collection_id: z.string().max(64),
          since: z.iso.datetime(),
          until: z.iso.datetime().describe('Ask from here the next time'),
          refresh: z.array(tokenRangeSchema).max(rangesMax),
          contract_uri_changed: z.boolean().describe('`ContractURIUpdated()` of ERC-7572 is due'),
        }),
      },
    },
    errors: ['not_found'],
  }),
};
