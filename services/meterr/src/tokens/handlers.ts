import {
  type Clock,
  type Handlers,
  isProblem,
  json,
  type KeyCaller,
  type Problem,
  page,
  refuse,
  uuidv7,
} from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { isId } from '../fields.ts';
import { moneyText } from '../money.ts';
import type { CatalogueCache } from '../prices/catalogue.ts';
import { type Pricing, priceModel } from '../prices/price-model.ts';
import { noCounts } from '../token-classes.ts';
import type { tokensContract } from './contract.ts';
import type { EncodingForModel, TokenCounter } from './token-counter.ts';
import { insertToken, listTokens, readToken, type TokenRow, tokenAnswer } from './token-store.ts';

export interface TokensDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly catalogue: CatalogueCache;
  readonly counter: TokenCounter;
  readonly encodingForModel: EncodingForModel;
}

export function tokensHandlers(deps: TokensDeps): Handlers<typeof tokensContract> {
  const { database } = deps;
  return {
    async countTokens({ body, query }, context) {
      const row = await countText(deps, context.caller, body);
      if (isProblem(row)) return row;
      await insertToken(database, row);
      context.audited(row.id);
      return json(201, tokenAnswer(row, query.decimals));
    },

    async listTokens({ query }, { caller }) {
      const filter = { startDate: query.start_date, endDate: query.end_date };
      const rows = await listTokens(database, caller, filter, query.cursor, query.limit + 1);
      return json(
        200,
        page(rows, query.limit, (row) => tokenAnswer(row, query.decimals)),
      );
    },

    async getToken({ params, query }, context) {
      const row = isId(params.id) ? await readToken(database, context.caller, params.id) : undefined;
      if (row === undefined) return refuse('not_found');
      context.audited(row.id);
      return json(200, tokenAnswer(row, query.decimals));
    },
  };
}

interface CountBody {
  readonly text: string;
  readonly model: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The row of a count. The text goes to the counter and nowhere else (T7). */
async function countText(deps: TokensDeps, owner: KeyCaller, body: CountBody): Promise<TokenRow | Problem> {
  const { encoding, exactness } = deps.encodingForModel(body.model);
  const counted = await deps.counter.count(body.text, encoding);
  if (!counted.ok) return refusals[counted.reason];
  const nowMs = deps.clock.now();
  const counts = { ...noCounts, input_tokens: counted.count };
  const pricing: Pricing = priceModel(
    await deps.catalogue.current(),
    { provider: undefined, model: body.model, counts, calls: 0 },
    nowMs,
  );
  return {
    id: uuidv7(nowMs),
    userId: owner.userId,
    environment: owner.environment,
    keyId: owner.keyId,
    model: body.model,
    encoding,
    exactness,
    count: counted.count,
    cost: pricing.cost && moneyText(pricing.cost),
    priceId: pricing.priceId,
    // A price of an estimated count is no more exact than the count.
    priced: pricing.priced === 'exact' ? exactness : pricing.priced,
    metadata: body.metadata ?? null,
    createdAt: new Date(nowMs),
  };
}

const refusals: Readonly<Record<'busy' | 'timeout' | 'failed', Problem>> = {
  busy: refuse('overloaded', {
    detail: 'Too many texts are waiting to be counted.',
    headers: { 'retry-after': '1' },
  }),
  timeout: refuse('overloaded', {
    detail: 'Counting this text took too long and was given up.',
    headers: { 'retry-after': '5' },
  }),
  failed: refuse('internal_error'),
};
