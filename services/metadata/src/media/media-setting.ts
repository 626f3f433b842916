import type { Clock } from '@keyward/guard';
import type { ExaminePool } from './examine/examine-pool.ts';
import type { UploadPace } from './receive/upload-limits.ts';
import type { UploadSlots } from './receive/upload-slots.ts';
import type { Keeping } from './records/keep-media.ts';
import type { UploadLocks } from './resumable/upload-locks.ts';
import type { Links } from './sign/links.ts';
import type { Receipts } from './sign/receipts.ts';
import type { Thumbnails } from './thumbnails/thumbnails.ts';

/** What the handlers work with. */
export interface MediaSetting extends Keeping {
  readonly clock: Clock;
  readonly pool: ExaminePool;
  readonly slots: UploadSlots;
  readonly pace: UploadPace;
  readonly thumbnails: Thumbnails;
  readonly links: Links;
  readonly receipts: Receipts;
  /** Folder for files on their way in, on the same disk as the store. */
  readonly incoming: string;
  /** Folder for the bytes of resumable uploads; stays over a restart. */
  readonly uploads: string;
  readonly uploadLocks: UploadLocks;
}
