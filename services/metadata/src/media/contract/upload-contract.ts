import { defineRoute, streamBody } from '@keyward/guard';
import { z } from 'zod';
import { uploadOptions } from '../receive/upload-options.ts';
import { chunkType } from '../resumable/tus-protocol.ts';
import { claimedBytesMax, fileErrors, mediaParams } from './media-item.ts';

const version = { 'tus-resumable': z.string().max(16).optional() };
const digits = z.string().max(20).optional();

const access = { kind: 'scopes', scopes: ['media:write'] } as const;

/** Resumable uploads (tus 1.0.0: core, creation, expiration, checksum, termination). */
export const uploadContract = {
  createUpload: defineRoute({
    method: 'POST',
    path: '/api/media/uploads',
    summary: 'Begin a resumable upload (tus 1.0.0)',
    access,
    limit: 'key',
    audit: { action: 'media.upload_begin', objectType: 'media' },
    request: {
      query: uploadOptions,
      headers: z.object({
        ...version,
        'upload-length': digits,
        'upload-metadata': z.string().max(4096).optional(),
      }),
    },
    responses: { 201: { description: 'Location names the upload; its id becomes the id of the file.' } },
    errors: ['precondition_failed', 'invalid_request', 'file_too_large', 'quota_exceeded', 'storage_full'],
  }),
  readUpload: defineRoute({
    method: 'GET',
    path: '/api/media/:id/upload',
    summary: 'See where a resumable upload stands (tus asks with HEAD)',
    access,
    limit: 'key',
    audit: { action: 'media.upload_read', objectType: 'media' },
    request: { params: mediaParams, headers: z.object(version) },
    responses: {
      200: {
        description: 'Upload-Offset and Upload-Length say the same.',
        schema: z.object({
          offset: z.int().min(0).max(claimedBytesMax),
          length: z.int().min(1).max(claimedBytesMax),
        }),
      },
    },
    errors: ['precondition_failed', 'not_found'],
  }),
  continueUpload: defineRoute({
    method: 'PATCH',
    path: '/api/media/:id/upload',
    summary: 'Send the next bytes of a resumable upload; with the last of them the file is kept',
    access,
    limit: 'key',
    audit: { action: 'media.upload', objectType: 'media' },
    request: {
      params: mediaParams,
      headers: z.object({
        ...version,
        'upload-offset': digits,
        'upload-checksum': z.string().max(200).optional(),
      }),
      body: streamBody({ bytesMax: claimedBytesMax, contentTypes: [chunkType] }),
    },
    responses: { 204: { description: 'Upload-Offset says where the upload stands now.' } },
    errors: [...fileErrors, 'precondition_failed', 'not_found', 'conflict', 'checksum_mismatch'],
  }),
  deleteUpload: defineRoute({
    method: 'DELETE',
    path: '/api/media/:id/upload',
    summary: 'Give up a resumable upload',
    access,
    limit: 'key',
    audit: { action: 'media.upload_end', objectType: 'media' },
    request: { params: mediaParams, headers: z.object(version) },
    responses: { 204: { description: 'What had arrived is gone.' } },
    errors: ['precondition_failed', 'not_found'],
  }),
} as const;
