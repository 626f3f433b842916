import type { Database } from '@keyward/guard/database';
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
