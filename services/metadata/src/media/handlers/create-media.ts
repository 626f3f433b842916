import {
  type Handler,
  isProblem,
  json,
  type KeyCaller,
  type Problem,
  type RequestContext,
  refuse,
  uuidv7,
} from '@keyward/guard';
import type { mediaContract } from '../contract.ts';
import { describeMedia } from '../describe-media.ts';
import type { ExaminedImage } from '../images/examine-image.ts';
import { ownerKeyOf } from '../media-place.ts';
import type { MediaSetting } from '../media-setting.ts';
import type { MediaRow } from '../media-table.ts';
import { fileNameOf } from '../receive/file-name.ts';
import type { StoredFile } from '../receive/file-sink.ts';
import { receiveUpload } from '../receive/receive-upload.ts';
import { mergeUploadOptions } from '../receive/upload-options.ts';
import { openWorkspace, type Workspace } from '../receive/workspace.ts';
import { keepMedia } from '../records/keep-media.ts';
import { hasRoom } from '../storage/has-room.ts';

type CreateMedia = Handler<(typeof mediaContract)['createMedia']>;
type Input = Parameters<CreateMedia>[0];
type Context = RequestContext<KeyCaller>;

/** Receives, examines and keeps one image. Until its row is committed nothing of it can be reached (U1). */
export function createMediaHandler(setting: MediaSetting): CreateMedia {
  return async (input, context) => {
    using slot = setting.slots.take(context.caller.userId);
    if (!slot) return unread(overloaded);
    if (!hasRoom(await setting.store.usage())) return unread(storageFull);
    const id = uuidv7(setting.clock.now());
    await using workspace = await openWorkspace(setting.incoming, id);
    const upload = await receive(input, context, workspace);
    if (isProblem(upload)) return unread(upload);
    const image = await examine(setting, upload, workspace);
    if (isProblem(image)) return image;
    if (context.signal.aborted) return refuse('malformed_request', { detail: 'The client went away.' });
    const row = rowOf(id, setting, context.caller, upload, image);
    const problem = await keepMedia(setting, row, image.file);
    if (problem) return problem;
    context.audited(id);
    return json(201, describeMedia(row), { location: `/api/media/${id}` });
  };
}

const overloaded = refuse('overloaded', { headers: { 'retry-after': '5' } });
const storageFull = refuse('storage_full', { headers: { 'retry-after': '300' } });

/** The rest of the body is not read, so the connection can serve nothing else. */
function unread(problem: Problem): Problem {
  return { ...problem, headers: { ...problem.headers, connection: 'close' } };
}

interface Upload extends StoredFile {
  readonly name: string;
  readonly visibility: MediaRow['visibility'];
  readonly preserve: boolean;
}

async function receive(input: Input, context: Context, workspace: Workspace): Promise<Upload | Problem> {
  const form = await receiveUpload(input.body, workspace.original, context.signal);
  if (isProblem(form)) return form;
  const options = mergeUploadOptions(input.query, form.fields);
  if (isProblem(options)) return options;
  const name = fileNameOf(form.claimedName);
  return isProblem(name) ? name : { ...form.file, ...options, name };
}

async function examine(
  setting: MediaSetting,
  upload: Upload,
  workspace: Workspace,
): Promise<ExaminedImage | Problem> {
  const outcome = await setting.images.examine({
    file: workspace.original,
    cleanFile: workspace.clean,
    type: upload.type,
    preserveMetadata: upload.preserve,
  });
  switch (outcome.kind) {
    case 'image':
      return outcome;
    case 'busy':
      return overloaded;
    case 'malformed':
      return refuse('invalid_file_type', { detail: outcome.reason });
    case 'oversized':
      return refuse('file_too_large', { detail: outcome.reason });
  }
}

function rowOf(
  id: string,
  setting: MediaSetting,
  owner: KeyCaller,
  upload: Upload,
  image: ExaminedImage,
): MediaRow {
  const { type, bytes, sha256, cid, width, height, frames } = image;
  return {
    ...{ id, type, bytes, sha256, cid, width, height, frames },
    userId: owner.userId,
    ownerKey: ownerKeyOf(owner.userId),
    environment: owner.environment,
    name: upload.name,
    visibility: upload.visibility,
    metadataPreserved: upload.preserve,
    originalSha256: upload.sha256,
    originalBytes: upload.bytes,
    createdAt: new Date(setting.clock.now()),
  };
}
