import { type Handler, json, type Reply, refuse } from '@keyward/guard';
import type { mediaContract } from '../contract.ts';
import type { MediaSetting } from '../media-setting.ts';
import { findOwnMedia } from '../records/find-media.ts';
import { discard } from './continue-upload.ts';
import { expiryHeader, spokenIn, wrongVersion } from './tus-protocol.ts';
import { uploadOffset, uploadPath } from './upload-file.ts';
import { findUpload } from './upload-records.ts';

type Contract = typeof mediaContract;

const noSuchUpload = refuse('not_found', { detail: 'There is no such upload, or it has expired.' });

/** Where a resumable upload stands (tus 1.0.0; clients ask with HEAD). A finished one stands at its end. */
export function readUploadHandler(setting: MediaSetting): Handler<Contract['readUpload']> {
  return async ({ params, headers }, { caller }) => {
    const refusal = wrongVersion(headers['tus-resumable']);
    if (refusal) return refusal;
    const isKnown = await findUpload(setting.database, caller, params.id, setting.clock.now());
    if (isKnown) {
      using _lock = await setting.uploadLocks.take(params.id);
      const upload = await findUpload(setting.database, caller, params.id, setting.clock.now());
      const offset = upload && (await uploadOffset(uploadPath(setting.uploads, upload.id), upload.bytes));
      if (upload && offset !== undefined) {
        return standing(offset, upload.bytes, expiryHeader(upload.expiresAt));
      }
    }
    const row = await findOwnMedia(setting.database, caller, params.id);
    return row ? standing(row.originalBytes, row.originalBytes, {}) : spokenIn(noSuchUpload);
  };
}

function standing(offset: number, length: number, more: Readonly<Record<string, string>>): Reply {
  const headers = {
    'upload-offset': String(offset),
    'upload-length': String(length),
    'cache-control': 'no-store',
  };
  return spokenIn(json(200, { offset, length }, { ...headers, ...more }));
}

/** Ends an unfinished upload (tus 1.0.0, termination). */
export function deleteUploadHandler(setting: MediaSetting): Handler<Contract['deleteUpload']> {
  return async ({ params, headers }, context) => {
    const refusal = wrongVersion(headers['tus-resumable']);
    if (refusal) return refusal;
    const isKnown = await findUpload(setting.database, context.caller, params.id, setting.clock.now());
    if (!isKnown) return spokenIn(noSuchUpload);
    using _lock = await setting.uploadLocks.take(params.id);
    const upload = await findUpload(setting.database, context.caller, params.id, setting.clock.now());
    if (!upload) return spokenIn(noSuchUpload);
    await discard(setting, upload.id, uploadPath(setting.uploads, upload.id));
    context.audited(upload.id);
    return spokenIn(json(204));
  };
}
