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
  trackLastUsed,
} from '@keyward/guard';
import { openDatabase } from '@keyward/guard/database';
import { meterrService } from '@keyward/meterr';
import { listen } from 'keyward';
import { reportToParent } from '../http/report-to-parent.ts';
import { serverSettings } from '../http/settings.ts';
import { keyFinders } from '../keys/key-finders.ts';

// The provider proxy behind the whole guard, put together as the product puts itself together: keys, limits, the journal and
// its shipper, every call's usage booked in PostgreSQL before its answer ends.
const { databaseUrl, secret, folder, upstreamUrl = '' } = serverSettings();
const onError = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);

const database = openDatabase({ url: databaseUrl, onError });
const keyring = await openKeyring(database, rootKeyFrom(secret), clock);
const journal = await openJournal({ folder, clock, onError });
const shipper = startShipper({
  ...{ databaseUrl, folder, clock, onError },
  nodeId: journal.nodeId,
  onFinding: onError,
});
const cache = createKeyCache();
followKeyChanges({ url: databaseUrl, cache, database, clock, onError });
const meterr = meterrService({
  ...{ database, clock, keyring },
  providers: { baseUrls: [upstreamUrl], testKeysMayPay: false },
});
await meterr.start?.();
const guard = createGuard({
  services: [meterr],
  keys: createKeyVerifier({
    cache,
    finders: await keyFinders({ database, keyring, onError }),
    clock,
    onStoreError: onError,
  }),
  limits: memoryLimits({ clock }),
  journal,
  clock,
  lastUsed: trackLastUsed(database, onError),
  onError,
});
const { url } = await listen(guard, { host: '127.0.0.1', port: 0 });
reportToParent({
  url,
  drain: () => shipper.drain(),
  async stop() {
    await meterr.stop?.();
    await shipper.stop();
  },
});
