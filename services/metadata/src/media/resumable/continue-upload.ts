import { type Handler, isProblem, json, type Problem, type Reply, refuse } from '@keyward/guard';
import { admitFile, overloaded } from '../admit-file.ts';
import type { mediaContract } from '../contract.ts';
import { unread } from '../handlers/unread.ts';
import type { MediaSetting } from '../media-setting.ts';
import type { MediaUploadRow } from '../media-table.ts';
import { detectType, headBytes } from '../media-type.ts';
import { wrongType } from '../receive/file-sink.ts';
import { storageFull } from '../storage/disk-problem.ts';
import { hasRoom } from '../storage/has-room.ts';
import { appendChunk } from './append-chunk.ts';
import { parseChecksum } from './parse-checksum.ts';
import { expiryHeader, spokenIn, wrongVersion } from './tus-protocol.ts';
import { readHead, removeUploadFile, uploadOffset, uploadPath } from './upload-file.ts';
import { endUpload, findUpload } from './upload-records.ts';

type ContinueUpload = Handler<(typeof mediaContract)['continueUpload']>;
type Input = Parameters<ContinueUpload>[0];
type Context = Parameters<ContinueUpload>[1];

const noSuchUpload = refuse('not_found', { detail: 'There is no such upload, or it has expired.' });

/** Takes the next bytes of a resumable upload; with the last of them the file is examined and kept (tus 1.0.0). */
export function continueUploadHandler(setting: MediaSetting): ContinueUpload {
  return async (input, context) => {
    const refusal = wrongVersion(input.headers['tus-resumable']);
    if (refusal) return unread(refusal);
    using slot = setting.slots.take(context.caller.userId);
    if (!slot) return spokenIn(unread(overloaded));
    if (!hasRoom(await setting.store.usage())) return spokenIn(unread(storageFull));
    const reply = await proceed(setting, input, context);
    return spokenIn(isProblem(reply) ? unread(reply) : reply);
  };
}

async function proceed(setting: MediaSetting, input: Input, context: Context): Promise<Reply> {
  const { params, headers, body } = input;
  const known = await findUpload(setting.database, context.caller, params.id, setting.clock.now());
  if (!known) return noSuchUpload;
  using lock = await setting.uploadLocks.take(params.id);
  // It may have been finished while this waited.
  const upload = await findUpload(setting.database, context.caller, params.id, setting.clock.now());
  if (!upload) return noSuchUpload;
  context.audited(upload.id);
  const path = uploadPath(setting.uploads, upload.id);
  const offset = await uploadOffset(path, upload.bytes);
  if (offset === undefined) return noSuchUpload;
  if (headers['upload-offset'] !== String(offset)) {
    return refuse('conflict', { detail: `The upload stands at ${offset} bytes.` });
  }
  const checksum = parseChecksum(headers['upload-checksum']);
  if (checksum === 'malformed')
    return refuse('malformed_request', { detail: 'Upload-Checksum is malformed.' });
  const reached = await appendChunk(body, {
    ...{ path, offset, bytesMax: upload.bytes, checksum, pace: setting.pace },
    signals: [context.signal, lock.signal],
  });
  if (isProblem(reached)) return reached;
  const problem =
    reached === upload.bytes
      ? await finish(setting, upload, path, context)
      : await judgeHead(setting, upload, path, reached);
  if (problem) return problem;
  return json(204, undefined, { 'upload-offset': String(reached), ...expiryHeader(upload.expiresAt) });
}

/** A file of a wrong type is refused as soon as its first bytes are there (U1). */
async function judgeHead(
  setting: MediaSetting,
  upload: MediaUploadRow,
  path: string,
  offset: number,
): Promise<Problem | undefined> {
  if (offset < headBytes || (await detectType(await readHead(path, headBytes)))) return undefined;
  await discard(setting, upload.id, path);
  return wrongType;
}

async function finish(
  setting: MediaSetting,
  upload: MediaUploadRow,
  path: string,
  context: Context,
): Promise<Problem | undefined> {
  const type = await detectType(await readHead(path, headBytes));
  if (!type) {
    await discard(setting, upload.id, path);
    return wrongType;
  }
  const { id, name, visibility, metadataPreserved: preserve, bytes } = upload;
  const arrival = { id, name, visibility, preserve, bytes, type, path, cleanPath: `${path}.clean` };
  // All of it is here: it is kept also when the client has gone and asks later what became of it.
  const row = await admitFile(setting, { ...arrival, owner: context.caller }, new AbortController().signal);
  // For want of a process the upload stays, one byte short, for the client to try again.
  if (isProblem(row) && row.code === 'overloaded') return row;
  await discard(setting, id, path);
  return isProblem(row) ? row : undefined;
}

export async function discard(setting: MediaSetting, id: string, path: string): Promise<void> {
  await removeUploadFile(path);
  await endUpload(setting.database, id);
}
