import type { Clock } from '@keyward/guard';
import type { ImagePool } from './images/image-pool.ts';
import type { UploadSlots } from './receive/upload-slots.ts';
import type { Keeping } from './records/keep-media.ts';

/** What the handlers work with. */
export interface MediaSetting extends Keeping {
  readonly clock: Clock;
  readonly images: ImagePool;
  readonly slots: UploadSlots;
  /** Folder for files on their way in, on the same disk as the store. */
  readonly incoming: string;
}
