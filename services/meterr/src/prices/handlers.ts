import {
  type Actor,
  type Clock,
  type Handlers,
  isProblem,
  json,
  type KeyCaller,
  type RequestContext,
} from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { CatalogueCache } from './catalogue.ts';
import type { pricesContract } from './contract.ts';
import { crossCheck } from './cross-check.ts';
import { readPrice } from './load-catalogue.ts';
import { crossCheckAnswer, priceAnswer, repricingAnswer } from './price-answer.ts';
import { readLitellmPrices } from './read-litellm-prices.ts';
import { applyRepricing, planRepricing } from './reprice.ts';
import { setPrice } from './set-price.ts';

export interface PricesDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly catalogue: CatalogueCache;
}

export function pricesHandlers(deps: PricesDeps): Handlers<typeof pricesContract> {
  const { database, clock, catalogue } = deps;
  return {
    async listPrices({ query }) {
      const current = await catalogue.current();
      const found = current.history(query.provider, query.model);
      return json(200, { data: found.map(priceAnswer), next_cursor: null });
    },

    async setPrice({ body }, context) {
      const set = await setPrice(deps, body, await catalogue.reloaded(), actorOf(context));
      if (isProblem(set)) return set;
      context.audited(set.id);
      const price = await readPrice(database, set.id);
      if (price === undefined) throw new Error('A price that was set is gone');
      const repricing = await planRepricing(database, await catalogue.reloaded());
      const shown = repricingAnswer(repricing, { isDryRun: true, decimals: 'six' });
      return json(201, { ...priceAnswer(price), repricing: shown });
    },

    async reprice({ body, query }, context) {
      const current = await catalogue.reloaded();
      const repricing = body.dry_run
        ? await planRepricing(database, current)
        : await applyRepricing(deps, current, actorOf(context));
      const { decimals } = query;
      return json(200, repricingAnswer(repricing, { isDryRun: body.dry_run, decimals }));
    },

    async crossCheckPrices() {
      const found = crossCheck(await catalogue.current(), await readLitellmPrices(), clock.now());
      return json(200, crossCheckAnswer(found));
    },
  };
}

function actorOf({ caller, requestId, clientAddress }: RequestContext<KeyCaller>): Actor {
  const { userId, role, keyId } = caller;
  return { via: 'api', userId, role, keyId, requestId, ip: clientAddress };
}
