import { defineRoute, displayName } from '@keyward/guard';
import { z } from 'zod';
import { profiles } from '../../content-identifiers/unixfs/profile.ts';
import { versionHeaders } from '../../documents/document-schemas.ts';
import { tokensMax } from './collection-files.ts';
import { fileNaming } from './file-names.ts';

const request = {
  params: z.strictObject({ id: displayName().describe('Id or name') }),
  query: z.strictObject({
    profile: z.enum(profiles).default('unixfs-v1-2025').describe('Import profile (IPIP-0499)'),
    names: z
      .enum(fileNaming)
      .default('decimal')
      .describe("The files' names: the token id in decimal, or as 64 hex digits (ERC-1155's `{id}`)"),
  }),
  headers: z.object(versionHeaders),
};
const access = { kind: 'scopes', scopes: ['metadata:read'] } as const;

export const contentsContract = {
  readDirectory: defineRoute({
    method: 'GET',
    path: '/api/collections/:id/directory',
    summary: 'The directory of a collection as IPFS names it: what a base URI is made of',
    access,
    limit: 'key',
    audit: { action: 'collections.read_directory', objectType: 'collection' },
    request,
    responses: {
      200: {
        description: 'The identifier that an importer of the same profile gives.',
        schema: z.object({
          cid: z.string().max(100),
          profile: z.enum(profiles),
          names: z.enum(fileNaming),
          files: z
            .int()
            .min(0)
            .max(tokensMax + 1),
          total_bytes: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
          sharded: z.boolean(),
          base_uri: z.string().max(120),
        }),
      },
    },
    errors: ['not_found', 'conflict'],
  }),
  readCar: defineRoute({
    method: 'GET',
    path: '/api/collections/:id/car',
    summary: 'A collection as a CAR file: the directory and every document',
    access,
    limit: 'key',
    audit: { action: 'collections.read_car', objectType: 'collection' },
    request,
    responses: {
      200: {
        description: 'A CAR (version 1) with the directory as its root; the ETag names the root.',
        contentType: 'application/vnd.ipld.car',
      },
    },
    errors: ['not_found', 'conflict'],
  }),
};
