import {
  systemClock as clock,
  createGuard,
  createKeyCache,
  createKeyVerifier,
  defineRoute,
  defineService,
  followKeyChanges,
  json,
  jsonBody,
  type LimitStore,
  memoryLimits,
  openJournal,
  openKeyring,
  rootKeyFrom,
  startShipper,
  trackLastUsed,
} from '@keyward/guard';
import { openDatabase } from '@keyward/guard/database';
import { listen } from 'keyward';
import { keyFinders } from '../keys/key-finders.ts';
import { openLeasedNode } from '../limits/contenders.ts';
import { orderPath, orderSchema, placeOrder } from './order.ts';
import { reportToParent } from './report-to-parent.ts';
import { serverSettings } from './settings.ts';

// The same handler as a route behind the guard, put together as the product puts itself together, and served by its listener.
const { databaseUrl, redisUrl, secret, folder, limits, trustedProxies = [] } = serverSettings();
const onError = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);

const shop = defineService({
  name: 'shop',
  title: 'Shop',
  scopes: { 'orders:write': 'Order things' },
  contract: {
    order: defineRoute({
      method: 'POST',
      path: orderPath,
      summary: 'Order something',
      access: { kind: 'scopes', scopes: ['orders:write'] },
      limit: 'key',
      audit: { action: 'orders.create', objectType: 'order' },
      request: { body: jsonBody(orderSchema) },
      responses: { 200: { description: 'Ordered.' } },
      errors: [],
    }),
  },
  handlers: { order: ({ body }) => json(200, placeOrder(body)) },
});

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
  services: [shop],
  keys: createKeyVerifier({
    cache,
    finders: await keyFinders({ database, keyring, onError }),
    clock,
    onStoreError: onError,
  }),
  limits: await openLimits(),
  journal,
  clock,
  lastUsed: trackLastUsed(database, onError),
  corsOrigins: ['https://app.example.com'],
  trustedProxies,
  onError,
});
const { url } = await listen(guard, { host: '127.0.0.1', port: 0 });
reportToParent({ url, drain: () => shipper.drain(), stop: () => shipper.stop() });

async function openLimits(): Promise<LimitStore> {
  if (limits === 'memory') return memoryLimits({ clock });
  return (await openLeasedNode(redisUrl, 'bench')).store;
}
