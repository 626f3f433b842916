import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import {
  documentSchema,
  idSchema,
  ifMatchHeaders,
  ifNoneMatchHeaders,
  standardSchema,
  storedDocumentSchema,
  versionHeaders,
} from '../document-schemas.ts';
import { operationsMax } from './diff-json.ts';

const read = { kind: 'scopes', scopes: ['metadata:read'] } as const;
const versionNumber = z.coerce.number().int().min(1).max(2_147_483_647);
const params = z.strictObject({ id: idSchema });
const versionParams = z.strictObject({ id: idSchema, version: versionNumber });
const versionSchema = z.object({
  id: idSchema.describe("The document's"),
  version: z.int().min(1).max(2_147_483_647),
  token_id: z.string().max(78).nullable().describe('Where it stood then'),
  cid: z.string().max(100),
  standards: z.array(standardSchema).max(5),
  change: z.enum(['create', 'replace', 'patch', 'restore']).describe('What made this version'),
  changed_by: z.string().max(64).nullable().describe('The id of the key that made it'),
  changed_at: z.iso.datetime(),
});
const end = z.object({
  version: z.int().min(1).max(2_147_483_647),
  cid: z.string().max(100),
  token_id: z.string().max(78).nullable(),
});
const operation = z.object({
  op: z.enum(['add', 'remove', 'replace']),
  path: z.string().max(1_048_576).describe('JSON Pointer (RFC 6901)'),
  value: z.unknown().optional(),
});

export const historyContract = {
  listVersions: defineRoute({
    method: 'GET',
    path: '/api/metadata/:id/versions',
    summary: 'Every version of a document, newest first',
    access: read,
    limit: 'key',
    audit: { action: 'metadata.list_versions', objectType: 'document' },
    request: {
      params,
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: versionNumber.optional(),
      }),
      headers: z.object(versionHeaders),
    },
    responses: {
      200: {
        description: 'A page of versions, without their content.',
        schema: z.object({
          data: z.array(versionSchema).max(100),
          next_cursor: z.string().max(10).nullable(),
        }),
      },
    },
    errors: ['not_found'],
  }),
  readVersion: defineRoute({
    method: 'GET',
    path: '/api/metadata/:id/versions/:version',
    summary: 'One version of a document with its content',
    access: read,
    limit: 'key',
    audit: { action: 'metadata.read_version', objectType: 'document' },
    request: { params: versionParams, headers: ifNoneMatchHeaders },
    responses: {
      200: {
        description: 'The version, byte for byte as its CID names it.',
        schema: versionSchema.extend({ document: documentSchema }),
      },
      304: { description: 'The caller has it already.' },
    },
    errors: ['not_found'],
  }),
  diffVersions: defineRoute({
    method: 'GET',
    path: '/api/metadata/:id/diff',
    summary: 'What changed between two versions, as a JSON Patch (RFC 6902)',
    access: read,
    limit: 'key',
    audit: { action: 'metadata.diff', objectType: 'document' },
    request: {
      params,
      query: z.strictObject({
        from: versionNumber.optional().describe('Default: the version before `to`'),
        to: versionNumber.optional().describe('Default: the newest'),
      }),
      headers: z.object(versionHeaders),
    },
    responses: {
      200: {
        description: 'Applied to `from`, the patch gives `to`.',
        schema: z.object({ id: idSchema, from: end, to: end, patch: z.array(operation).max(operationsMax) }),
      },
    },
    errors: ['not_found'],
  }),
  restoreVersion: defineRoute({
    method: 'POST',
    path: '/api/metadata/:id/versions/:version/restore',
    summary: 'Make the content of an earlier version the newest',
    access: { kind: 'scopes', scopes: ['metadata:write'] },
    limit: 'key',
    audit: { action: 'metadata.restore_version', objectType: 'document' },
    request: { params: versionParams, headers: ifMatchHeaders },
    responses: { 200: { description: 'The document as it is kept.', schema: storedDocumentSchema } },
    errors: ['not_found', 'conflict', 'precondition_failed'],
  }),
};
