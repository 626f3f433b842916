import { type Clock, defineService } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { budgetsHandlers } from './budgets/handlers.ts';
import { meterrContract } from './contract.ts';
import { costsHandlers } from './costs/handlers.ts';
import { handOver, owned } from './hand-over/hand-over.ts';
import { CatalogueCache } from './prices/catalogue.ts';
import { pricesHandlers } from './prices/handlers.ts';
import { seedPrices } from './prices/seed-prices.ts';
import { summaryHandlers } from './summary/handlers.ts';
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
}

export interface MeterrDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log?: MeterrLog;
}

/** What is counted at once, what may wait for it, and when a count is given up (T1). */
const counting = { workers: 1, queueMax: 64, timeoutMs: 5_000 };

/** meterr: what AI usage costs. */
export function meterrService(deps: MeterrDeps) {
  const { database, clock, log } = deps;
  const catalogue = new CatalogueCache(database, clock);
  const counter = createTokenCounter(counting);
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
      ...budgetsHandlers({ database, clock }),
      ...teamsHandlers({ database, clock }),
    },
    async start() {
      const seeded = await seedPrices(database, clock);
      if (seeded) log?.info({ service: 'meterr' }, 'The price catalogue was brought up to date');
      await catalogue.current();
    },
    async stop() {
      await counter.close();
    },
  });
}
