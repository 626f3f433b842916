import type { Job } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { endExpiredUploads } from './upload-records.ts';

/** Ends uploads that have expired (O4). Each node removes their bytes from its own folder. */
export function expireUploads(database: Database): Job<'metadata-expire-uploads'> {
  return {
    name: 'metadata-expire-uploads',
    schedule: '@every 600s',
    run: (_input, { clock }) => endExpiredUploads(database, clock.now()),
  };
}
