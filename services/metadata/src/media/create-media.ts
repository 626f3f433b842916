import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Handlers } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { mediaContract } from './contract.ts';
import { createMediaHandler } from './handlers/create-media.ts';
import {
  deleteMediaHandler,
  getMediaContentHandler,
  getMediaHandler,
  getPublicMediaHandler,
  listMediaHandler,
} from './handlers/read-media.ts';
import { ImagePool, type ImagePoolOptions } from './images/image-pool.ts';
import type { MediaSetting } from './media-setting.ts';
import { UploadSlots } from './receive/upload-slots.ts';
import { resetIncoming } from './receive/workspace.ts';
import { sweepOrphans } from './records/sweep-orphans.ts';
import { localDiskStore } from './storage/local-disk-store.ts';
import type { MediaStore } from './storage/media-store.ts';

export interface MediaOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Absolute path of a folder that is this node's alone. Made when missing. */
  readonly folder: string;
  /** Bytes that one owner may keep. Default 5 GiB. */
  readonly quotaBytes?: number;
  /** Where finished files are kept. Default: `files` in `folder`. */
  readonly store?: MediaStore;
  readonly imageWorkers?: ImagePoolOptions;
  readonly log?: MediaLog;
}

export interface MediaLog {
  warn(details: Readonly<Record<string, unknown>>, message: string): void;
}

export interface Media {
  readonly handlers: Handlers<typeof mediaContract>;
  /** Before the first request, after the migrations. Goes on to remove what a crash left, in the background. */
  start(): Promise<void>;
  /** Ends the child processes; uploads under way are refused. */
  stop(): Promise<void>;
}

export const defaultQuotaBytes = 5 * 1024 * 1024 * 1024;

/** Media files: uploads that are checked to the last pixel, kept by content, served to those who may see them. */
export function createMedia(options: MediaOptions): Media {
  const incoming = join(options.folder, 'incoming');
  const files = join(options.folder, 'files');
  const images = new ImagePool({
    onCasualty: (outcome) => options.log?.warn({ ...outcome }, 'an image process was lost'),
    ...options.imageWorkers,
  });
  const setting: MediaSetting = {
    database: options.database,
    clock: options.clock,
    store: options.store ?? localDiskStore(files),
    quotaBytes: options.quotaBytes ?? defaultQuotaBytes,
    slots: new UploadSlots(),
    images,
    incoming,
  };
  const stopping = new AbortController();
  let sweep: Promise<unknown> = Promise.resolve();
  return {
    handlers: handlersOf(setting),
    async start() {
      await resetIncoming(incoming);
      await mkdir(files, { recursive: true, mode: 0o700 });
      sweep = sweepOrphans(options.database, setting.store, stopping.signal).catch((error: unknown) =>
        options.log?.warn({ error }, 'media without a row could not be removed'),
      );
    },
    async stop() {
      stopping.abort();
      images.stop();
      await sweep;
    },
  };
}

function handlersOf(setting: MediaSetting): Handlers<typeof mediaContract> {
  return {
    createMedia: createMediaHandler(setting),
    listMedia: listMediaHandler(setting),
    getMedia: getMediaHandler(setting),
    deleteMedia: deleteMediaHandler(setting),
    getMediaContent: getMediaContentHandler(setting),
    getPublicMedia: getPublicMediaHandler(setting),
  };
}
