import { errorCodes, type Handler, isProblem, json, type Problem, uuidv7 } from '@keyward/guard';
import { admitFile, overloaded } from '../admit-file.ts';
import type { mediaContract } from '../contract.ts';
import { describeMediaWhole } from '../describe-media.ts';
import type { MediaOwner } from '../media-place.ts';
import type { MediaSetting } from '../media-setting.ts';
import { fileNameOf } from '../receive/file-name.ts';
import type { StoredFile } from '../receive/file-sink.ts';
import { receiveUpload } from '../receive/receive-upload.ts';
import type { FormFile } from '../receive/upload-form.ts';
import { batchForm } from '../receive/upload-limits.ts';
import { mergeUploadOptions } from '../receive/upload-options.ts';
import { openWorkspace, type Workspace } from '../receive/workspace.ts';
import { forgetMedia } from '../records/forget-media.ts';
import { storageFull } from '../storage/disk-problem.ts';
import { hasRoom } from '../storage/has-room.ts';
import { unread } from './unread.ts';

type Contract = typeof mediaContract;

/**
 * Receives several files and keeps those that are good; each has an outcome of its own. Nothing is kept before all have
 * arrived: a batch that breaks off leaves nothing behind (U1).
 */
export function createMediaBatchHandler(setting: MediaSetting): Handler<Contract['createMediaBatch']> {
  return async ({ body, query }, context) => {
    const { caller, signal } = context;
    using slot = setting.slots.take(caller.userId);
    if (!slot) return unread(overloaded);
    if (!hasRoom(await setting.store.usage())) return unread(storageFull);
    await using workspace = await openWorkspace(setting.incoming, uuidv7(setting.clock.now()));
    const form = await receiveUpload(body, {
      ...{ shape: batchForm, pace: setting.pace, signal },
      pathOf: (index) => workspace.path(String(index)),
    });
    if (isProblem(form)) return unread(form);
    const options = mergeUploadOptions(query, form.fields);
    if (isProblem(options)) return options;
    const data: object[] = [];
    for (const [index, file] of form.files.entries()) {
      const row = await admitOne(setting, { file, index, owner: caller, options, workspace }, signal);
      if (!isProblem(row)) context.audited(row.id);
      data.push({
        index,
        ...(isProblem(row) ? refused(row) : { status: 201, media: describeMediaWhole(row) }),
      });
    }
    return json(200, { data });
  };
}

interface BatchFile {
  readonly file: FormFile<StoredFile>;
  readonly index: number;
  readonly owner: MediaOwner;
  readonly options: { readonly visibility: 'private' | 'public'; readonly preserve: boolean };
  readonly workspace: Workspace;
}

function admitOne(setting: MediaSetting, batch: BatchFile, signal: AbortSignal) {
  const { file, index, owner, options, workspace } = batch;
  if (isProblem(file.outcome)) return file.outcome;
  const name = fileNameOf(file.claimedName);
  if (isProblem(name)) return name;
  const id = uuidv7(setting.clock.now());
  const paths = { path: workspace.path(String(index)), cleanPath: workspace.path(`${index}-clean`) };
  return admitFile(setting, { ...file.outcome, ...options, ...paths, id, name, owner }, signal);
}

function refused({ code, detail }: Problem) {
  const { status, title } = errorCodes[code];
  return { status, code, detail: detail ?? title };
}

/** Deletes several files; each has an outcome of its own. */
export function deleteMediaBatchHandler({
  database,
  store,
}: MediaSetting): Handler<Contract['deleteMediaBatch']> {
  return async ({ body }, context) => {
    const data: object[] = [];
    for (const [index, id] of body.ids.entries()) {
      const isDeleted = await forgetMedia(database, store, context.caller, id);
      if (isDeleted) context.audited(id);
      data.push({ index, id, status: isDeleted ? 204 : 404 });
    }
    return json(200, { data });
  };
}
