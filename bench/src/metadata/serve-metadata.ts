import { join } from 'node:path';
import {
  systemClock as clock,
  createGuard,
  createKeyCache,
  createKeyVerifier,
  followKeyChanges,
  memoryLimits,
  openJournal,
  openKeyring,
  rootKeyFrom,
  startShipper,
} from '@keyward/guard';
import { openDatabase } from '@keyward/guard/database';
import { metadataService } from '@keyward/metadata';
import { listen } from 'keyward';
import { reportToParent } from '../http/report-to-parent.ts';
import { serverSettings } from '../http/settings.ts';
import { keyFinders } from '../keys/key-finders.ts';

// The metadata service behind the guard, put together as the product is, in a process of its own.
const { databaseUrl, secret, folder } = serverSettings();
const onError = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);

const database = openDatabase({ url: databaseUrl, onError });
const keyring = await openKeyring(database, rootKeyFrom(secret), clock);
const journal = await openJournal({ folder, clock, onError });
const shipper = startShipper({
  databaseUrl,
  folder,
  nodeId: journal.nodeId,
  clock,
  onError,
  onFinding: onError,
});
const cache = createKeyCache();
followKeyChanges({ url: databaseUrl, cache, database, clock, onError });
const guard = createGuard({
  services: [metadataService({ database, clock, keyring, mediaFolder: join(folder, 'media') })],
  keys: createKeyVerifier({
    cache,
    finders: await keyFinders({ database, keyring, onError }),
    clock,
    onStoreError: onError,
  }),
  limits: memoryLimits({ clock }),
  journal,
  clock,
  onError,
});
const { url } = await listen(guard, { host: '127.0.0.1', port: 0 });
reportToParent({ url, drain: () => shipper.drain(), stop: () => shipper.stop() });
