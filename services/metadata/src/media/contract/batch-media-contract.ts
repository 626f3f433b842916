import { defineRoute, jsonBody, streamBody } from '@keyward/guard';
import { z } from 'zod';
import { batchFilesMax } from '../receive/upload-limits.ts';
import { uploadOptions } from '../receive/upload-options.ts';
import { claimedBytesMax, fileErrors, mediaItemWhole } from './media-item.ts';

const deletedMax = 100;
const index = z.int().min(0).max(deletedMax);
const id = z.string().min(1).max(64);

const created = z.union([
  z.object({ index, status: z.literal(201), media: mediaItemWhole }),
  z.object({
    index,
    status: z.int().min(400).max(599),
    code: z.string().max(64),
    detail: z.string().max(500),
  }),
]);

/** Several files at once; each has an outcome of its own. */
export const batchMediaContract = {
  createMediaBatch: defineRoute({
    method: 'POST',
    path: '/api/media/batch',
    summary: `Upload up to ${batchFilesMax} files, in form fields "files"`,
    access: { kind: 'scopes', scopes: ['media:write'] },
    limit: 'key',
    audit: { action: 'media.create', objectType: 'media' },
    request: {
      query: uploadOptions,
      body: streamBody({ bytesMax: claimedBytesMax, contentTypes: ['multipart/form-data'] }),
    },
    responses: {
      200: {
        description: 'What became of each file, in their order.',
        schema: z.object({ data: z.array(created).max(batchFilesMax) }),
      },
    },
    errors: fileErrors,
  }),
  deleteMediaBatch: defineRoute({
    method: 'DELETE',
    path: '/api/media/batch',
    summary: `Delete up to ${deletedMax} files`,
    access: { kind: 'scopes', scopes: ['media:write'] },
    limit: 'key',
    audit: { action: 'media.delete', objectType: 'media' },
    request: { body: jsonBody(z.strictObject({ ids: z.array(id).min(1).max(deletedMax) })) },
    responses: {
      200: {
        description: 'What became of each file, in their order: 204, or 404 for what there was not.',
        schema: z.object({
          data: z
            .array(z.object({ index, id, status: z.union([z.literal(204), z.literal(404)]) }))
            .max(deletedMax),
        }),
      },
    },
    errors: [],
  }),
} as const;
