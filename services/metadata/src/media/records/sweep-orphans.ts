import type { Database } from '@keyward/guard/database';
import type { MediaSetting } from '../media-setting.ts';
import type { MediaStore } from '../storage/media-store.ts';
import { isReferenced, removeUnreferenced } from './forget-media.ts';

/**
 * Removes bytes that a crash left without a row. Goes through the whole store, one place at a time, until `signal`
 * says stop. Returns how many it removed.
 */
export async function sweepOrphans(
  database: Database,
  store: MediaStore,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  for await (const place of store.list()) {
    if (signal.aborted) break;
    if (await isReferenced(database.orm, place)) continue;
    if (await removeUnreferenced(database, store, place)) removed += 1;
  }
  return removed;
}

/** Removes thumbnails of content that no row names. */
export async function sweepOrphanThumbnails(
  { database, thumbnails }: Pick<MediaSetting, 'database' | 'thumbnails'>,
  signal: AbortSignal,
): Promise<void> {
  for await (const place of thumbnails.list()) {
    if (signal.aborted) return;
    if (!(await isReferenced(database.orm, place))) await thumbnails.forget(place);
  }
}
