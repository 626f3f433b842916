import { opendir } from 'node:fs/promises';
import type { MediaSetting } from '../media-setting.ts';
import { removeUploadFile, uploadPath } from './upload-file.ts';
import { isUnfinished } from './upload-records.ts';

/** Removes bytes of uploads that have expired or are no more, from this node's own folder. */
export async function sweepUploads(
  setting: Pick<MediaSetting, 'clock' | 'database' | 'uploads' | 'uploadLocks'>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, database, uploads, uploadLocks } = setting;
  for await (const { name } of await opendir(uploads)) {
    const id = name.slice(0, 36);
    if (signal.aborted || !/^[0-9a-f-]{36}$/.test(id)) continue;
    if (await isUnfinished(database, id, clock.now())) continue;
    // Judged again with the lock: it may have been about to begin.
    using _lock = await uploadLocks.take(id);
    if (!(await isUnfinished(database, id, clock.now()))) await removeUploadFile(uploadPath(uploads, id));
  }
}
