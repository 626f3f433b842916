import { cursorSchema, defineRoute, streamBody } from '@keyward/guard';
import { z } from 'zod';
import { imageTypes } from './images/image-type.ts';
import { fileBytesMax } from './receive/upload-limits.ts';
import { uploadOptions } from './receive/upload-options.ts';

/**
 * Only bounds what a Content-Length may claim. The handler stops much earlier, at the file's own limit, so that the
 * answer is `file_too_large` however the size came to light (U1).
 */
const claimedBytesMax = 1024 ** 4;

const mediaItem = z.object({
  id: z.string().max(64),
  /** Path of the bytes on this server. */
  url: z.string().max(200),
  sha256: z.string().length(64),
  cid: z.string().max(100),
  type: z.enum(imageTypes),
  bytes: z
    .int()
    .min(1)
    .max(fileBytesMax * 4),
  width: z.int().min(1).max(65_535),
  height: z.int().min(1).max(65_535),
  name: z.string().max(255),
  visibility: z.enum(['private', 'public']),
  created_at: z.iso.datetime(),
});

const mediaList = z.object({
  data: z.array(mediaItem).max(100),
  next_cursor: z.string().max(300).nullable(),
});

const params = z.object({ id: z.string().min(1).max(64) });

const contentRequest = {
  params,
  headers: z.object({
    range: z.string().max(1024).optional(),
    'if-range': z.string().max(1024).optional(),
    'if-none-match': z.string().max(4096).optional(),
  }),
};

const contentResponses = {
  200: { description: 'The bytes, with the type they were found to have.', contentType: 'image/*' },
  206: { description: 'The part that Range asked for.', contentType: 'image/*' },
  304: { description: 'The client has these bytes already.' },
};

/** Media files (N5, U1): uploads, their description, and their bytes. */
export const mediaContract = {
  createMedia: defineRoute({
    method: 'POST',
    path: '/api/media',
    summary: 'Upload an image',
    access: { kind: 'scopes', scopes: ['media:write'] },
    limit: 'key',
    audit: { action: 'media.create', objectType: 'media' },
    request: {
      query: uploadOptions,
      body: streamBody({ bytesMax: claimedBytesMax, contentTypes: ['multipart/form-data'] }),
    },
    responses: { 201: { description: 'The file is kept.', schema: mediaItem } },
    errors: [
      ...(['malformed_request', 'invalid_request', 'file_too_large', 'invalid_file_type'] as const),
      ...(['quota_exceeded', 'storage_full', 'overloaded'] as const),
    ],
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
    responses: { 200: { description: 'One page.', schema: mediaList } },
    errors: [],
  }),
  getMedia: defineRoute({
    method: 'GET',
    path: '/api/media/:id',
    summary: 'Describe a file',
    access: { kind: 'scopes', scopes: ['media:read'] },
    limit: 'key',
    audit: { action: 'media.read', objectType: 'media' },
    request: { params },
    responses: { 200: { description: 'The file.', schema: mediaItem } },
    errors: ['not_found'],
  }),
  deleteMedia: defineRoute({
    method: 'DELETE',
    path: '/api/media/:id',
    summary: 'Delete a file',
    access: { kind: 'scopes', scopes: ['media:write'] },
    limit: 'key',
    audit: { action: 'media.delete', objectType: 'media' },
    request: { params },
    responses: { 204: { description: 'The file is gone.' } },
    errors: ['not_found'],
  }),
  getMediaContent: defineRoute({
    method: 'GET',
    path: '/api/media/:id/content',
    summary: "Get a file's bytes",
    access: { kind: 'scopes', scopes: ['media:read'] },
    limit: 'key',
    audit: { action: 'media.download', objectType: 'media' },
    request: contentRequest,
    responses: contentResponses,
    errors: ['not_found', 'range_not_satisfiable'],
  }),
  getPublicMedia: defineRoute({
    method: 'GET',
    path: '/api/media/:id/public',
    summary: "Get a public file's bytes",
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'media.download', objectType: 'media' },
    request: contentRequest,
    responses: contentResponses,
    errors: ['not_found', 'range_not_satisfiable'],
  }),
} as const;
