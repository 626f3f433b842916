import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import {
  documentBody,
  documentSchema,
  findingsSchema,
  idempotencyHeaders,
  idSchema,
  ifMatchHeaders,
  ifNoneMatchHeaders,
  placeQuery,
  searchSchema,
  standardSchema,
  storedDocumentSchema,
  versionHeaders,
} from './document-schemas.ts';
import { listCursorSchema, listOrders, listSorts } from './list-cursor.ts';

const read = { kind: 'scopes', scopes: ['metadata:read'] } as const;
const write = { kind: 'scopes', scopes: ['metadata:write'] } as const;
const params = z.strictObject({ id: idSchema });
const stored = { description: 'The document as it is kept.', schema: storedDocumentSchema };

export const documentsContract = {
  listDocuments: defineRoute({
    method: 'GET',
    path: '/api/metadata',
    summary: 'Metadata documents, newest first',
    access: read,
    limit: 'key',
    audit: { action: 'metadata.list', objectType: 'document' },
    request: {
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: listCursorSchema.optional(),
        sort: z.enum(listSorts).default('created_at'),
        order: z.enum(listOrders).default('desc'),
        ...placeQuery,
        standard: standardSchema.optional(),
        search: searchSchema
          .optional()
          .describe(
            'Part of the name or description (of their first 4,000 characters), in any case; fewer than three characters: its beginning',
          ),
        name: searchSchema.optional().describe('The beginning of the name'),
        trait: searchSchema.optional().describe('An attribute that it has, such as `Background`'),
        trait_value: searchSchema.optional().describe("The attribute's value; needs `trait`"),
        frozen: z
          .enum(['true', 'false'])
          .transform((text) => text === 'true')
          .optional(),
      }),
      headers: z.object(versionHeaders),
    },
    responses: {
      200: {
        description: 'A page of documents: at most `limit`, and at most 8 MiB of them.',
        schema: z.object({
          data: z.array(storedDocumentSchema).max(100),
          next_cursor: z.string().max(2_000).nullable(),
        }),
      },
    },
    errors: [],
  }),
  createDocument: defineRoute({
    method: 'POST',
    path: '/api/metadata',
    summary: 'Keep a metadata document; the body is the document itself',
    access: write,
    limit: 'key',
    audit: { action: 'metadata.create', objectType: 'document' },
    request: {
      query: z.strictObject(placeQuery),
      headers: idempotencyHeaders,
      body: documentBody(),
    },
    responses: { 201: stored },
    errors: ['conflict', 'idempotency_conflict'],
  }),
  validateDocument: defineRoute({
    method: 'POST',
    path: '/api/metadata/validate',
    summary: 'Say which standards a document meets and what is wrong with it; keeps nothing',
    access: write,
    limit: 'key',
    audit: { action: 'metadata.validate', objectType: 'document' },
    request: { headers: z.object(versionHeaders), body: documentBody() },
    responses: {
      200: {
        description: 'What would become of the document.',
        schema: z.object({
          valid: z.boolean(),
          standards: z.array(standardSchema).max(5),
          errors: findingsSchema,
          warnings: findingsSchema,
          cid: z.string().max(100).nullable(),
          document: documentSchema.nullable().describe('As it would be kept'),
        }),
      },
    },
    errors: [],
  }),
  readDocument: defineRoute({
    method: 'GET',
    path: '/api/metadata/:id',
    summary: 'One metadata document',
    access: read,
    limit: 'key',
    audit: { action: 'metadata.read', objectType: 'document' },
    request: { params, headers: ifNoneMatchHeaders },
    responses: { 200: stored, 304: { description: 'The caller has it already.' } },
    errors: ['not_found'],
  }),
  replaceDocument: defineRoute({
    method: 'PUT',
    path: '/api/metadata/:id',
    summary: 'Replace a metadata document; the query moves it',
    access: write,
    limit: 'key',
    audit: { action: 'metadata.replace', objectType: 'document' },
    request: { params, query: z.strictObject(placeQuery), headers: ifMatchHeaders, body: documentBody() },
    responses: { 200: stored },
    errors: ['not_found', 'conflict', 'precondition_failed'],
  }),
  patchDocument: defineRoute({
    method: 'PATCH',
    path: '/api/metadata/:id',
    summary: 'Change a metadata document by a JSON Merge Patch (RFC 7396)',
    access: write,
    limit: 'key',
    audit: { action: 'metadata.patch', objectType: 'document' },
    request: {
      params,
      headers: ifMatchHeaders,
      body: documentBody(['application/merge-patch+json', 'application/json']),
    },
    responses: { 200: stored },
    errors: ['not_found', 'conflict', 'precondition_failed'],
  }),
  deleteDocument: defineRoute({
    method: 'DELETE',
    path: '/api/metadata/:id',
    summary: 'Delete a metadata document; for 30 days it can be recovered',
    access: write,
    limit: 'key',
    audit: { action: 'metadata.delete', objectType: 'document' },
    request: { params, headers: ifMatchHeaders },
    responses: { 204: { description: 'It is deleted.' } },
    errors: ['not_found', 'conflict', 'precondition_failed'],
  }),
};
