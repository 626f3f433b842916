import { join } from 'node:path';
import { type Clock, defineService } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { collectionHandlers } from './collections/collection-handlers.ts';
import { metadataContract } from './contract.ts';
import { documentHandlers } from './documents/document-handlers.ts';
import { purgeExpired } from './documents/purge-expired.ts';
import { handOverOf } from './hand-over/hand-over.ts';
import { defaultQuotaBytes } from './media/create-media.ts';
import { createMedia, type MediaLog } from './media/index.ts';
import { localDiskStore } from './media/storage/local-disk-store.ts';
import { createTokenUriCache } from './token-uris/token-uri-cache.ts';
import { tokenUriHandlers } from './token-uris/token-uri-handlers.ts';

export interface MetadataDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Where uploaded files are kept: an absolute path, of this node alone. */
  readonly mediaFolder: string;
  /** Bytes of media that one owner may keep. Default 5 GiB. */
  readonly mediaQuotaBytes?: number;
  /** Hears of background work that failed; it is tried again later. */
  readonly log?: MediaLog;
}

export const metadataScopes = {
  'metadata:read': 'Read metadata documents and collections',
  'metadata:write': 'Create, change, delete and publish metadata documents',
  'media:read': 'See and download media files',
  'media:write': 'Upload and delete media files',
};

const purgeEveryMs = 3600 * 1000;

/** Token metadata: documents by any of the world's standards, named by their content, served as token URIs. */
export function metadataService(options: MetadataDeps) {
  const { database, clock, mediaFolder, mediaQuotaBytes: quotaBytes = defaultQuotaBytes, log } = options;
  const store = localDiskStore(join(mediaFolder, 'files'));
  const media = createMedia({
    database,
    clock,
    folder: mediaFolder,
    store,
    quotaBytes,
    ...(log && { log }),
  });
  const deps = { database, clock, tokenUris: createTokenUriCache({ clock }) };
  let timer: NodeJS.Timeout | undefined;
  let purge = Promise.resolve();
  const purgeNow = () => {
    purge = purgeExpired(database, clock.now()).catch((error: unknown) => {
      log?.warn({ error: String(error) }, 'expired documents could not be removed');
    });
  };
  return defineService({
    name: 'metadata',
    title: 'Metadata',
    scopes: metadataScopes,
    contract: metadataContract,
    handlers: {
      ...documentHandlers(deps),
      ...collectionHandlers(deps),
      ...media.handlers,
      ...tokenUriHandlers(deps),
    },
    ...handOverOf({ database, store, quotaBytes, incoming: join(mediaFolder, 'incoming'), log }),
    migrations: new URL('../migrations', import.meta.url),
    async start() {
      await media.start();
      purgeNow();
      timer = setInterval(purgeNow, purgeEveryMs).unref();
    },
    async stop() {
      clearInterval(timer);
      await purge;
      await media.stop();
    },
  });
}
