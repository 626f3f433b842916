import { cursorSchema, defineRoute, streamBody } from '@keyward/guard';
import { z } from 'zod';
import { uploadOptions } from '../receive/upload-options.ts';
import {
  claimedBytesMax,
  fileErrors,
  mediaItem,
  mediaItemPlaced,
  mediaItemWhole,
  mediaParams,
} from './media-item.ts';

const receiptKeys = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
        kid: z.string().max(64),
        x: z.string().max(64),
      }),
    )
    .max(100),
});

/** One file at a time, and lists of them. */
export const singleMediaContract = {
  createMedia: defineRoute({
    method: 'POST',
    path: '/api/media',
    summary: 'Upload an image or a video',
    access: { kind: 'scopes', scopes: ['media:write'] },
    limit: 'key',
    audit: { action: 'media.create', objectType: 'media' },
    request: {
      query: uploadOptions,
      body: streamBody({ bytesMax: claimedBytesMax, contentTypes: ['multipart/form-data'] }),
    },
    responses: { 201: { description: 'The file is kept.', schema: mediaItemWhole } },
    errors: fileErrors,
  }),
  listMedia: defineRoute({
    method: 'GET',
    path: '/api/media',
    summary: 'List files, newest first',
    access: { kind: 'scopes', scopes: ['media:read'] },
    limit: 'key',
    audit: { action: 'media.list', objectType: 'media' },
    request: {
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: cursorSchema.optional(),
      }),
    },
    responses: {
      200: {
        description: 'One page.',
        schema: z.object({
          data: z.array(mediaItem).max(100),
          next_cursor: z.string().max(300).nullable(),
        }),
      },
    },
    errors: [],
  }),
  getReceiptKeys: defineRoute({
    method: 'GET',
    path: '/api/media/receipt-keys',
    summary: 'Get the public keys that verify receipts',
    access: { kind: 'anybody' },
    limit: 'none',
    audit: { action: 'media.receipt_keys' },
    request: {},
    responses: { 200: { description: 'A JWK set (RFC 7517, RFC 8037).', schema: receiptKeys } },
    errors: [],
  }),
  getMedia: defineRoute({
    method: 'GET',
    path: '/api/media/:id',
    summary: 'Describe a file',
    access: { kind: 'scopes', scopes: ['media:read'] },
    limit: 'key',
    audit: { action: 'media.read', objectType: 'media' },
    request: { params: mediaParams },
    responses: { 200: { description: 'The file, and where it lies.', schema: mediaItemPlaced } },
    errors: ['not_found'],
  }),
  deleteMedia: defineRoute({
    method: 'DELETE',
    path: '/api/media/:id',
    summary: 'Delete a file',
    access: { kind: 'scopes', scopes: ['media:write'] },
    limit: 'key',
    audit: { action: 'media.delete', objectType: 'media' },
    request: { params: mediaParams },
    responses: { 204: { description: 'The file is gone.' } },
    errors: ['not_found'],
  }),
} as const;
