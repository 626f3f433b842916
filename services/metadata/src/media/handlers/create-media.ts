import { type Handler, isProblem, json, refuse, uuidv7 } from '@keyward/guard';
import { admitFile, overloaded } from '../admit-file.ts';
import type { mediaContract } from '../contract.ts';
import { describeMediaWhole } from '../describe-media.ts';
import type { MediaSetting } from '../media-setting.ts';
import { fileNameOf } from '../receive/file-name.ts';
import { receiveUpload } from '../receive/receive-upload.ts';
import { singleForm } from '../receive/upload-limits.ts';
import { mergeUploadOptions } from '../receive/upload-options.ts';
import { openWorkspace } from '../receive/workspace.ts';
import { storageFull } from '../storage/disk-problem.ts';
import { hasRoom } from '../storage/has-room.ts';
import { unread } from './unread.ts';

const noFile = refuse('malformed_request', { detail: 'The form has no file.' });

/** Receives, examines and keeps one file. */
export function createMediaHandler(setting: MediaSetting): Handler<(typeof mediaContract)['createMedia']> {
  return async ({ body, query }, context) => {
    const { caller, signal } = context;
    using slot = setting.slots.take(caller.userId);
    if (!slot) return unread(overloaded);
    if (!hasRoom(await setting.store.usage())) return unread(storageFull);
    const id = uuidv7(setting.clock.now());
    await using workspace = await openWorkspace(setting.incoming, id);
    const path = workspace.path('original');
    const form = await receiveUpload(body, {
      ...{ shape: singleForm, pace: setting.pace, signal },
      pathOf: () => path,
    });
    if (isProblem(form)) return unread(form);
    const options = mergeUploadOptions(query, form.fields);
    if (isProblem(options)) return options;
    const [file] = form.files;
    const name = fileNameOf(file?.claimedName);
    if (isProblem(name)) return name;
    if (!file) return noFile;
    if (isProblem(file.outcome)) return file.outcome;
    const arrival = { ...file.outcome, ...options, id, name, owner: caller, path };
    const row = await admitFile(setting, { ...arrival, cleanPath: workspace.path('clean') }, signal);
    if (isProblem(row)) return row;
    context.audited(id);
    return json(201, describeMediaWhole(row), { location: `/api/media/${id}` });
  };
}
