import { cursorSchema, defineRoute, displayName } from '@keyward/guard';
import { z } from 'zod';
import { fileNaming } from '../../collections/contents/file-names.ts';
import { profiles } from '../../content-identifiers/unixfs/profile.ts';
import { versionHeaders } from '../../documents/document-schemas.ts';
import { checkResults, pinKinds, pinStates } from '../pins-table.ts';
import { pinProviders } from '../providers/pin-provider.ts';

const id = z.string().max(64);
const moment = z.iso.datetime();
const pinSchema = z.object({
  id,
  provider: z.enum(pinProviders),
  kind: z.enum(pinKinds),
  object_id: id,
  collection_id: id.nullable().describe('Of a file: the collection whose documents name it'),
  profile: z.enum(profiles),
  names: z.enum(fileNaming),
  state: z.enum(pinStates),
  removing: z.boolean().describe('It is being taken away'),
  reason: z.string().max(64).nullable().describe('Why it waits or has failed'),
  detail: z.string().max(1000).nullable(),
  tries: z.int().min(0).max(2_147_483_647).describe('That failed since it last went well'),
  next_try_at: moment.nullable(),
  cid: z.string().max(200).describe('As computed here'),
  provider_cid: z.string().max(200).nullable().describe('As the provider has it'),
  provider_id: z.string().max(1000).nullable(),
  bytes: z.number().min(0).max(Number.MAX_SAFE_INTEGER).nullable().describe('Of what was sent'),
  retrieval: z
    .object({
      checked_at: moment,
      result: z.enum(checkResults),
      detail: z.string().max(1000).nullable(),
      blocks: z.int().min(0).max(2_147_483_647).nullable().describe('That were fetched and hashed'),
      block: z.string().max(200).nullable().describe('CID of the block that could not be had'),
    })
    .nullable()
    .describe('What the last audit found'),
  created_at: moment,
  updated_at: moment,
  pinned_at: moment.nullable(),
});
const read = { kind: 'scopes', scopes: ['metadata:read'] } as const;
const write = { kind: 'scopes', scopes: ['metadata:write'] } as const;
const headers = z.object(versionHeaders);
const params = z.strictObject({ id });
const one = { description: 'The pin.', schema: pinSchema };
const asked = {
  202: {
    description: 'One pin at each provider that is set up.',
    schema: z.object({ data: z.array(pinSchema).max(pinProviders.length) }),
  },
};
const audit = (action: string) => ({ action, objectType: 'pin' });

export const pinningContract = {
  listPins: defineRoute({
    method: 'GET',
    path: '/api/metadata/pins',
    summary: 'What is pinned on IPFS, or on its way, newest first',
    access: read,
    limit: 'key',
    audit: audit('pins.list'),
    request: {
      query: z.strictObject({
        state: z.enum(pinStates).optional(),
        kind: z.enum(pinKinds).optional(),
        provider: z.enum(pinProviders).optional(),
        object_id: id.optional(),
        cid: z.string().max(200).optional(),
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: cursorSchema.optional(),
      }),
      headers,
    },
    responses: {
      200: {
        description: 'A page of pins.',
        schema: z.object({ data: z.array(pinSchema).max(100), next_cursor: z.string().max(300).nullable() }),
      },
    },
    errors: [],
  }),
  readPin: defineRoute({
    method: 'GET',
    path: '/api/metadata/pins/:id',
    summary: 'One pin',
    access: read,
    limit: 'key',
    audit: audit('pins.read'),
    request: { params, headers },
    responses: { 200: one },
    errors: ['not_found'],
  }),
  retryPin: defineRoute({
    method: 'POST',
    path: '/api/metadata/pins/:id/retry',
    summary: 'Try a pin again at once that waits or has failed',
    access: write,
    limit: 'key',
    audit: audit('pins.retry'),
    request: { params, headers },
    responses: { 202: one },
    errors: ['not_found', 'conflict'],
  }),
  deletePin: defineRoute({
    method: 'DELETE',
    path: '/api/metadata/pins/:id',
    summary: 'Take a pin away from its provider; what is published is pinned again with its next change',
    access: write,
    limit: 'key',
    audit: audit('pins.delete'),
    request: { params, headers },
    responses: { 202: one },
    errors: ['not_found'],
  }),
  pinCollection: defineRoute({
    method: 'POST',
    path: '/api/collections/:id/pin',
    summary: 'Pin a published collection as one directory',
    access: write,
    limit: 'key',
    audit: audit('collections.pin'),
    request: {
      params: z.strictObject({ id: displayName().describe('Id or name') }),
      query: z.strictObject({
        profile: z.enum(profiles).default('unixfs-v1-2025').describe('Import profile (IPIP-0499)'),
        names: z.enum(fileNaming).default('decimal'),
      }),
      headers,
    },
    responses: asked,
    errors: ['not_found', 'conflict', 'pinning_unavailable'],
  }),
  pinDocument: defineRoute({
    method: 'POST',
    path: '/api/metadata/:id/pin',
    summary: 'Pin a document as it is now',
    access: write,
    limit: 'key',
    audit: audit('metadata.pin'),
    request: { params, headers },
    responses: asked,
    errors: ['not_found', 'pinning_unavailable'],
  }),
  pinMedia: defineRoute({
    method: 'POST',
    path: '/api/media/:id/pin',
    summary: 'Pin a media file: anybody who knows its CID can read it then, also a private one',
    access: { kind: 'scopes', scopes: ['media:write'] },
    limit: 'key',
    audit: audit('media.pin'),
    request: { params, headers },
    responses: asked,
    errors: ['not_found', 'pinning_unavailable'],
  }),
};
