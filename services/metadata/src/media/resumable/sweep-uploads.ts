import { opendir } from 'node:fs/promises';
import type { MediaSetting } from '../media-setting.ts';
import { removeUploadFile, uploadPath } from './upload-file.ts';
import { endUpload, expiredUploads, isUnfinished } from './upload-records.ts';

/** Ends uploads that have expired, and removes bytes of uploads that are no more. */
export async function sweepUploads(
  setting: Pick<MediaSetting, 'clock' | 'database' | 'uploads' | 'uploadLocks'>,
  signal: AbortSignal,
): Promise<void> {
  for (const id of await expiredUploads(setting.database, setting.clock.now())) {
    if (signal.aborted) return;
    using _lock = await setting.uploadLocks.take(id);
    await endUpload(setting.database, id);
    await removeUploadFile(uploadPath(setting.uploads, id));
  }
  for await (const { name } of await opendir(setting.uploads)) {
    const id = name.slice(0, 36);
    if (signal.aborted || !/^[0-9a-f-]{36}$/.test(id)) continue;
    if (await isUnfinished(setting.database, id)) continue;
    // Judged again with the lock: it may have been about to begin.
    using _lock = await setting.uploadLocks.take(id);
    if (!(await isUnfinished(setting.database, id))) await removeUploadFile(uploadPath(setting.uploads, id));
  }
}
