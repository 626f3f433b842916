import { type Handler, isProblem, json, type Problem, refuse, uuidv7 } from '@keyward/guard';
import type { mediaContract } from '../contract.ts';
import type { MediaSetting } from '../media-setting.ts';
import { fileNameOf } from '../receive/file-name.ts';
import { fileBytesMax } from '../receive/upload-limits.ts';
import { mergeUploadOptions } from '../receive/upload-options.ts';
import { storageFull } from '../storage/disk-problem.ts';
import { hasRoom } from '../storage/has-room.ts';
import { parseUploadMetadata } from './parse-upload-metadata.ts';
import { expiryHeader, spokenIn, wrongVersion } from './tus-protocol.ts';
import { createUploadFile, removeUploadFile, uploadPath } from './upload-file.ts';
import { beginUpload } from './upload-records.ts';

/** How long an upload may stay unfinished. */
export const uploadLifeMs = 24 * 3600 * 1000;

/** Begins a resumable upload (tus 1.0.0, creation). */
export function createUploadHandler(setting: MediaSetting): Handler<(typeof mediaContract)['createUpload']> {
  return async ({ query, headers }, context) => {
    const refusal = wrongVersion(headers['tus-resumable']);
    if (refusal) return refusal;
    const wish = readWish(query, headers);
    if (isProblem(wish)) return spokenIn(wish);
    if (!hasRoom(await setting.store.usage())) return spokenIn(storageFull);
    const { userId, environment } = context.caller;
    const now = setting.clock.now();
    const { name, visibility, preserve, bytes } = wish;
    const id = uuidv7(now);
    const row = {
      ...{ id, userId, environment, name, visibility, bytes, metadataPreserved: preserve },
      createdAt: new Date(now),
      expiresAt: new Date(now + uploadLifeMs),
    };
    const path = uploadPath(setting.uploads, id);
    using _lock = await setting.uploadLocks.take(id);
    await createUploadFile(path);
    const problem = await beginUpload(setting.database, row, setting.quotaBytes);
    if (problem) {
      await removeUploadFile(path);
      return spokenIn(problem);
    }
    context.audited(id);
    return spokenIn(
      json(201, undefined, { location: `/api/media/${id}/upload`, ...expiryHeader(row.expiresAt) }),
    );
  };
}

interface Wish {
  readonly bytes: number;
  readonly name: string;
  readonly visibility: 'private' | 'public';
  readonly preserve: boolean;
}

type Input = Parameters<Handler<(typeof mediaContract)['createUpload']>>[0];

function readWish(query: Input['query'], headers: Input['headers']): Wish | Problem {
  const length = headers['upload-length'] ?? '';
  if (!/^\d{1,15}$/.test(length) || Number(length) === 0) {
    return invalid('header/upload-length', 'Send the length of the file in bytes; it may not be deferred.');
  }
  const bytes = Number(length);
  if (bytes > fileBytesMax) {
    return refuse('file_too_large', { detail: `A file has at most ${fileBytesMax} bytes.` });
  }
  const metadata = parseUploadMetadata(headers['upload-metadata']);
  if (!metadata) return invalid('header/upload-metadata', 'It is malformed.');
  const name = fileNameOf(metadata.get('filename') ?? metadata.get('name'));
  if (isProblem(name)) return name;
  // Clients send keys of their own, such as `filetype`; those that say how to keep the file are read.
  const fields = new Map([...metadata].filter(([key]) => key === 'visibility' || key === 'preserve'));
  const options = mergeUploadOptions(query, fields);
  return isProblem(options) ? options : { bytes, name, ...options };
}

function invalid(pointer: string, message: string): Problem {
  return refuse('invalid_request', { errors: [{ pointer, message }] });
}
