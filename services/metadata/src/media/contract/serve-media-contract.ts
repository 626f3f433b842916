import { defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { thumbnailSizes } from '../thumbnails/thumbnail-size.ts';
import { mediaParams } from './media-item.ts';

/** A thumbnail of this size (WebP, longer side) instead of the file itself. */
const size = z.enum(thumbnailSizes).optional();

const headers = z.object({
  range: z.string().max(1024).optional(),
  'if-range': z.string().max(1024).optional(),
  'if-none-match': z.string().max(4096).optional(),
});

const contentRequest = { params: mediaParams, query: z.strictObject({ size }), headers };

const responses = {
  200: { description: 'The bytes, with the type they were found to have.', contentType: '*/*' },
  206: { description: 'The part that Range asked for.', contentType: '*/*' },
  304: { description: 'The client has these bytes already.' },
};

const errors = ['not_found', 'range_not_satisfiable', 'overloaded'] as const;
const dayS = 24 * 3600;

/** Bytes: for their owner, for everybody, for whoever has a link. */
export const serveMediaContract = {
  getMediaContent: defineRoute({
    method: 'GET',
    path: '/api/media/:id/content',
    summary: "Get a file's bytes, or a thumbnail",
    access: { kind: 'scopes', scopes: ['media:read'] },
    limit: 'key',
    audit: { action: 'media.download', objectType: 'media' },
    request: contentRequest,
    responses,
    errors,
  }),
  getPublicMedia: defineRoute({
    method: 'GET',
    path: '/api/media/:id/public',
    summary: "Get a public file's bytes, or a thumbnail",
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'media.download', objectType: 'media' },
    request: contentRequest,
    responses,
    errors,
  }),
  createMediaLink: defineRoute({
    method: 'POST',
    path: '/api/media/:id/links',
    summary: 'Make a link that lets anybody read a private file for a time',
    access: { kind: 'scopes', scopes: ['media:write'] },
    limit: 'key',
    audit: { action: 'media.link', objectType: 'media' },
    request: {
      params: mediaParams,
      body: jsonBody(
        z.strictObject({
          /** Seconds. */
          expires_in: z
            .int()
            .min(1)
            .max(7 * dayS)
            .default(3600),
          size,
        }),
      ),
    },
    responses: {
      201: {
        description: 'The link. It ends when its time is over, or the file is deleted or another owner’s.',
        schema: z.object({ url: z.string().max(500), expires_at: z.iso.datetime() }),
      },
    },
    errors: ['not_found'],
  }),
  getSignedMedia: defineRoute({
    method: 'GET',
    path: '/api/media/:id/signed',
    summary: "Get a file's bytes by a signed link",
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'media.download', objectType: 'media' },
    request: {
      params: mediaParams,
      query: z.strictObject({
        /** Seconds since 1970. */
        expires: z.coerce.number().int().min(0).max(9_999_999_999),
        signature: z.string().min(1).max(64),
        size,
      }),
      headers,
    },
    responses,
    errors,
  }),
} as const;
