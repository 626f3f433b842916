import { z } from 'zod';
import { mediaTypes } from '../media-type.ts';
import { fileBytesMax } from '../receive/upload-limits.ts';

/**
 * Only bounds what a Content-Length may claim. The handler stops much earlier, at the file's own limit, so that the
 * answer is `file_too_large` however the size came to light (U1).
 */
export const claimedBytesMax = 1024 ** 4;

export const mediaItem = z.object({
  id: z.string().max(64),
  /** Path of the bytes on this server. */
  url: z.string().max(200),
  sha256: z.string().length(64),
  cid: z.string().max(100),
  type: z.enum(mediaTypes),
  bytes: z
    .int()
    .min(1)
    .max(fileBytesMax * 4),
  width: z.int().min(1).max(65_535),
  height: z.int().min(1).max(65_535),
  /** Null for videos. */
  frames: z.int().min(1).max(1_000).nullable(),
  /** Null for images. */
  duration_ms: z
    .int()
    .min(1)
    .max(24 * 3600 * 1000)
    .nullable(),
  name: z.string().max(255),
  visibility: z.enum(['private', 'public']),
  created_at: z.iso.datetime(),
});

export const mediaItemWhole = mediaItem.extend({
  /** A compact JWS over what was found out about the file; null for files from before there were receipts. */
  receipt: z.string().max(4096).nullable(),
});

/** A file with every store that it lies in, or is on its way to (N6). */
export const mediaItemPlaced = mediaItemWhole.extend({
  stores: z
    .array(
      z.object({
        name: z.enum(['local', 's3', 'imagekit']),
        state: z.enum(['waiting', 'stored', 'refused']),
        stored_at: z.iso.datetime().nullable(),
        /** Where anybody can see it; null where nobody can. */
        url: z.string().max(2_000).nullable(),
        thumbnail_url: z.string().max(2_000).nullable(),
        /** Why it was refused. */
        detail: z.string().max(300).nullable(),
      }),
    )
    .max(3),
});

export const mediaParams = z.object({ id: z.string().min(1).max(64) });

/** What can be wrong with one file. */
export const fileErrors = [
  ...(['malformed_request', 'invalid_request', 'file_too_large', 'invalid_file_type'] as const),
  ...(['quota_exceeded', 'storage_full', 'overloaded', 'request_timeout'] as const),
] as const;
