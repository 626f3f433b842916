import type { ArchiveRecord } from './archive-records.ts';
import { manifestName } from './manifest.ts';
import type { ArchivePlace } from './places/archive-place.ts';
import { openArchivePlace } from './places/open-place.ts';

/** Where an archive is: in the place of today if it is there (it may have been moved), else where it was written. */
export async function placeOf(record: ArchiveRecord, today: ArchivePlace): Promise<ArchivePlace> {
  if (record.place === today.name) return today;
  const found = await today.read(manifestName(record.file));
  found?.destroy();
  return found === undefined ? openArchivePlace(record.place) : today;
}
