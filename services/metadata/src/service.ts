import { join } from 'node:path';
import { type Clock, defineService, type Keyring } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { collectionHandlers } from './collections/collection-handlers.ts';
import { contentsHandlers } from './collections/contents/contents-handlers.ts';
import { deletedCollectionsHandlers } from './collections/deleted/deleted-collections-handlers.ts';
import { freezeCollectionHandlers } from './collections/freeze/freeze-collection-handlers.ts';
import { metadataContract } from './contract.ts';
import { batchHandlers } from './documents/batch/batch-handlers.ts';
import { deletedHandlers } from './documents/deleted/deleted-handlers.ts';
import { documentHandlers } from './documents/document-handlers.ts';
import { freezeHandlers } from './documents/freeze/freeze-handlers.ts';
import { freezeProofs } from './documents/freeze/freeze-proofs.ts';
import { historyHandlers } from './documents/history/history-handlers.ts';
import { purgeExpiredJob } from './documents/purge-expired.ts';
import { handOverOf } from './hand-over/hand-over.ts';
import { defaultQuotaBytes } from './media/create-media.ts';
import { createMedia, type MediaLog } from './media/index.ts';
import { localDiskStore } from './media/storage/local-disk-store.ts';
import { outsideJobs, outsideStatesOf } from './outside/index.ts';
import { createPinning, type PinningSettings, withPins } from './pinning/index.ts';
import { createReplication, type StoreOptions } from './replicas/index.ts';
import { createTokenUriCache } from './token-uris/token-uri-cache.ts';
import { tokenUriHandlers } from './token-uris/token-uri-handlers.ts';
import { deliverWebhooks, webhookHandlers } from './webhooks/index.ts';

export type { PinningSettings } from './pinning/index.ts';
export type { StoreOptions } from './replicas/index.ts';
export { webhookSecretsOf } from './webhooks/index.ts';

export interface MetadataDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Signs what is frozen, receipts of media and links to them. */
  readonly keyring: Keyring;
  /** Where uploaded files are kept: an absolute path, of this node alone. */
  readonly mediaFolder: string;
  /** Bytes of media that one owner may keep. Default 5 GiB. */
  readonly mediaQuotaBytes?: number | undefined;
  /** Where contents are pinned (N6). Unset: nowhere. */
  readonly pinning?: PinningSettings | undefined;
  /** Where files lie besides the folder (N6). Default: nowhere. */
  readonly stores?: StoreOptions | undefined;
  /** Allows webhooks on private and loopback addresses (N7). Default false. */
  readonly webhookPrivateAddressesAllowed?: boolean | undefined;
  /** Told of stores and providers that refuse our credentials, besides all super_admins (M4). */
  readonly securityContact?: string | undefined;
  /** Hears of background work that failed; it is tried again later. */
  readonly log?: MediaLog;
}

export const metadataScopes = {
  'metadata:read': 'Read metadata documents and collections',
  'metadata:write': 'Create, change, delete and publish metadata documents',
  'media:read': 'See and download media files',
  'media:write': 'Upload and delete media files',
};

/** Token metadata: documents by any of the world's standards, named by their content, served as token URIs. */
export function metadataService(options: MetadataDeps) {
  const {
    database,
    clock,
    keyring,
    mediaFolder,
    mediaQuotaBytes: quotaBytes = defaultQuotaBytes,
    stores = {},
    webhookPrivateAddressesAllowed: privateAddressesAllowed = false,
    log,
  } = options;
  const media = createMedia({
    database,
    clock,
    keyring,
    folder: mediaFolder,
    quotaBytes,
    ...(log && { log }),
  });
  const pinning = createPinning({ database, clock, store: media.store, settings: options.pinning });
  const deps = { database, clock, tokenUris: createTokenUriCache({ clock }), proofs: freezeProofs(keyring) };
  const webhooks = { database, clock, keyring, privateAddressesAllowed };
  const { securityContact } = options;
  const local = localDiskStore(join(mediaFolder, 'files'));
  const replication = createReplication({ database, clock, local, options: stores, securityContact });
  const outside = { pinning: pinning.names, media_stores: replication.names };
  return defineService({
    name: 'metadata',
    title: 'Metadata',
    scopes: metadataScopes,
    contract: metadataContract,
    handlers: {
      ...documentHandlers(deps),
      ...batchHandlers(deps),
      ...historyHandlers(deps),
      ...deletedHandlers(deps),
      ...freezeHandlers(deps),
      ...collectionHandlers(deps),
      ...contentsHandlers(deps),
      ...deletedCollectionsHandlers(deps),
      ...freezeCollectionHandlers(deps),
      ...media.handlers,
      ...pinning.handlers,
      ...webhookHandlers(webhooks),
      ...tokenUriHandlers(deps),
    },
    ...withPins(
      handOverOf({
        ...{ database, clock, store: media.store, quotaBytes, log },
        incoming: join(mediaFolder, 'incoming'),
      }),
    ),
    migrations: new URL('../migrations', import.meta.url),
    dependencies: () => outsideStatesOf(database, outside),
    jobs: [
      ...pinning.jobs,
      ...media.jobs,
      purgeExpiredJob(database),
      ...replication.jobs,
      ...outsideJobs({ database, names: Object.values(outside).flat(), securityContact }),
      deliverWebhooks(webhooks),
    ],
    async start() {
      await replication.start();
      await media.start();
      await pinning.start();
    },
    stop: () => media.stop(),
  });
}
