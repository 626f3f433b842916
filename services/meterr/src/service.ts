import { type Clock, defineService, type Keyring } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { announcing } from './announcing.ts';
import { budgetsContract } from './budgets/contract.ts';
import { budgetsHandlers } from './budgets/handlers.ts';
import { HardBudgets } from './budgets/hard-budgets.ts';
import { meterrContract } from './contract.ts';
import { costsHandlers } from './costs/handlers.ts';
import { handOver, owned } from './hand-over/hand-over.ts';
import { CatalogueCache } from './prices/catalogue.ts';
import { pricesHandlers } from './prices/handlers.ts';
import { seedPrices } from './prices/seed-prices.ts';
import { providersHandlers } from './providers/handlers.ts';
import type { ProviderPolicy } from './providers/judge-base-url.ts';
import { ProviderAccounts } from './providers/provider-accounts.ts';
import { BodyRoom } from './proxy/body-room.ts';
import { proxyHandlers } from './proxy/handlers.ts';
import { openUpstream } from './proxy/upstream.ts';
import { UsageBook } from './proxy/usage-book.ts';
import { usageRecorder } from './proxy/usage-recorder.ts';
import { summaryHandlers } from './summary/handlers.ts';
import { teamsContract } from './teams/contract.ts';
import { teamsHandlers } from './teams/handlers.ts';
import { createTokenCounter, encodingForModel } from './tokenizer/index.ts';
import { tokensHandlers } from './tokens/handlers.ts';
import { usageHandlers } from './usage/handlers.ts';

export { meterrJobs } from './jobs.ts';
export {
  applyMeterrRepricing,
  checkMeterr,
  crossCheckMeterrPrices,
  planMeterrRepricing,
  setMeterrPrice,
} from './operate.ts';
export { priceBody } from './prices/price-body.ts';

/** Where the service says what operators should know; pino's shape. */
export interface MeterrLog {
  info(details: Readonly<Record<string, unknown>>, message: string): void;
  error(details: Readonly<Record<string, unknown>>, message: string): void;
}

export interface MeterrDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Seals the keys of provider accounts (D1). */
  readonly keyring: Keyring;
  /** Where proxied calls may go. Default: the providers' own addresses, and no test key there. */
  readonly providers?: ProviderPolicy;
  /** How long an answer is read on when its caller has gone, milliseconds (default 30,000); 0 ends it at once. */
  readonly proxyDrainMs?: number;
  readonly log?: MeterrLog;
}

/** What is counted at once, what may wait for it, and when a count is given up (T1). */
const counting = { workers: 1, queueMax: 64, timeoutMs: 5_000 };

/** Request bodies that the proxy holds in memory at once, of all calls and of one owner. */
const bodies = { bytesMax: 256 * 1024 * 1024, ownerBytesMax: 128 * 1024 * 1024 };

const ownAddresses: ProviderPolicy = { baseUrls: [], testKeysMayPay: false };

/** meterr: what AI usage costs. */
export function meterrService(deps: MeterrDeps) {
  const { database, clock, keyring, log, providers = ownAddresses, proxyDrainMs = 30_000 } = deps;
  const catalogue = new CatalogueCache(database, clock);
  const counter = createTokenCounter(counting);
  const accounts = new ProviderAccounts({ database, keyring, clock });
  const upstream = openUpstream();
  const book = new UsageBook({
    database,
    clock,
    onError: (err) => log?.error({ service: 'meterr', err }, 'What calls used waits to be recorded'),
  });
  const hardBudgets = new HardBudgets({ database, clock });
  const recorder = usageRecorder({
    ...{ database, book, catalogue, hardBudgets, clock, counter, encodingForModel },
    onError: (err) => log?.error({ service: 'meterr', err }, 'What a call used could not be recorded'),
  });
  const forget = () => hardBudgets.forget();
  return defineService({
    name: 'meterr',
    title: 'AI usage and its costs',
    scopes: {
      'tokens:read': 'Read token counts',
      'tokens:write': 'Count the tokens of texts',
      'usage:read': 'Read usage, costs, budgets, teams and prices',
      'usage:write': 'Record usage',
      'budgets:write': 'Set, change and remove budgets',
      'teams:write': 'Make, change, join and leave teams',
      'prices:write': 'Set and check prices (operators only)',
      'providers:use': 'Call AI providers through the proxy',
      'providers:write': 'Connect and remove provider accounts',
    },
    contract: meterrContract,
    owned,
    handOver,
    migrations: new URL('../migrations', import.meta.url),
    handlers: {
      ...tokensHandlers({ database, clock, catalogue, counter, encodingForModel }),
      ...summaryHandlers({ database, clock }),
      ...usageHandlers({ database, clock, catalogue }),
      ...costsHandlers({ database, clock }),
      ...pricesHandlers({ database, clock, catalogue }),
      ...announcing(budgetsContract, budgetsHandlers({ database, clock }), forget),
      ...announcing(teamsContract, teamsHandlers({ database, clock }), forget),
      ...providersHandlers(accounts, providers),
      ...proxyHandlers({
        ...{ accounts, upstream, recorder, clock },
        policy: providers,
        room: new BodyRoom(bodies),
        drainMs: proxyDrainMs,
      }),
    },
    async start() {
      const seeded = await seedPrices(database, clock);
      if (seeded) log?.info({ service: 'meterr' }, 'The price catalogue was brought up to date');
      await catalogue.current();
    },
    async stop() {
      await book.close();
      upstream.close();
      await counter.close();
    },
  });
}
