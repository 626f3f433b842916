import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Handlers, Job, Keyring } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { mediaContract } from './contract.ts';
import { ExaminePool, type ExaminePoolOptions } from './examine/examine-pool.ts';
import { mediaHandlers } from './handlers/media-handlers.ts';
import type { MediaSetting } from './media-setting.ts';
import { defaultPace, type UploadPace } from './receive/upload-limits.ts';
import { UploadSlots } from './receive/upload-slots.ts';
import { resetIncoming } from './receive/workspace.ts';
import { sweepOrphans, sweepOrphanThumbnails } from './records/sweep-orphans.ts';
import { expireUploads } from './resumable/expire-uploads.ts';
import { sweepUploads } from './resumable/sweep-uploads.ts';
import { UploadLocks } from './resumable/upload-locks.ts';
import { createLinks } from './sign/links.ts';
import { createReceipts } from './sign/receipts.ts';
import { localDiskStore } from './storage/local-disk-store.ts';
import type { MediaStore } from './storage/media-store.ts';
import { withThumbnails } from './storage/with-thumbnails.ts';
import { createThumbnails } from './thumbnails/thumbnails.ts';

export interface MediaOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Signs receipts and links. */
  readonly keyring: Keyring;
  /** Absolute path of a folder that is this node's alone. Made when missing. */
  readonly folder: string;
  /** Bytes that one owner may keep. Default 5 GiB. */
  readonly quotaBytes?: number;
  /** Where finished files are kept. Default: `files` in `folder`. */
  readonly store?: MediaStore;
  readonly examiners?: ExaminePoolOptions;
  /** How slow an upload may be. */
  readonly pace?: UploadPace;
  readonly log?: MediaLog;
}

export interface MediaLog {
  warn(details: Readonly<Record<string, unknown>>, message: string): void;
}

export interface Media {
  readonly handlers: Handlers<typeof mediaContract>;
  /** The store, for others that move files: what is deleted from it takes its thumbnails along. */
  readonly store: MediaStore;
  /** The work on what all nodes share. */
  readonly jobs: readonly Job[];
  /** Before the first request, after the migrations. Goes on to remove what a crash left, in the background. */
  start(): Promise<void>;
  /** Ends the child processes; uploads under way are refused. */
  stop(): Promise<void>;
}

export const defaultQuotaBytes = 5 * 1024 * 1024 * 1024;
const sweepEveryMs = 600_000;

/** Media files: uploads that are checked to the last byte, kept by content, served to those who may see them. */
export function createMedia(options: MediaOptions): Media {
  const setting = settingOf(options);
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let sweep: Promise<unknown> = Promise.resolve();
  const sweepAfter = (work: () => Promise<unknown>) => {
    sweep = sweep
      .then(work)
      .catch((error: unknown) =>
        options.log?.warn({ error: String(error) }, 'what uploads left behind could not be removed'),
      );
  };
  const sweepUploadsNow = () => sweepUploads(setting, stopping.signal);
  return {
    handlers: mediaHandlers(setting),
    store: setting.store,
    jobs: [expireUploads(setting.database)],
    async start() {
      await resetIncoming(setting.incoming);
      for (const folder of [join(options.folder, 'files'), setting.uploads]) {
        await mkdir(folder, { recursive: true, mode: 0o700 });
      }
      sweepAfter(() => sweepOrphans(setting.database, setting.store, stopping.signal));
      sweepAfter(() => sweepOrphanThumbnails(setting, stopping.signal));
      sweepAfter(sweepUploadsNow);
      // Not a job (O4): what is swept is the folder of this node, which no other sees.
      timer = setInterval(() => sweepAfter(sweepUploadsNow), sweepEveryMs).unref();
    },
    async stop() {
      stopping.abort();
      clearInterval(timer);
      setting.pool.stop();
      await sweep;
    },
  };
}

function settingOf(options: MediaOptions): MediaSetting {
  const { clock, database, keyring, folder } = options;
  const incoming = join(folder, 'incoming');
  const files = options.store ?? localDiskStore(join(folder, 'files'));
  const pool = new ExaminePool({
    onCasualty: (outcome) => options.log?.warn({ ...outcome }, 'a process that examined a file was lost'),
    ...options.examiners,
  });
  const thumbnails = createThumbnails({
    ...{ folder: join(folder, 'thumbnails'), incoming, pool, clock, store: files },
  });
  return {
    ...{ database, clock, pool, thumbnails, incoming },
    store: withThumbnails(files, thumbnails),
    quotaBytes: options.quotaBytes ?? defaultQuotaBytes,
    slots: new UploadSlots(),
    pace: options.pace ?? defaultPace,
    links: createLinks(keyring),
    receipts: createReceipts(keyring),
    uploads: join(folder, 'uploads'),
    uploadLocks: new UploadLocks(),
  };
}
