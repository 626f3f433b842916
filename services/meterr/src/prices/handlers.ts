import { type Handlers, json } from '@keyward/guard';
import { moneyText } from '../money.ts';
import type { CatalogueCache } from './catalogue.ts';
import type { pricesContract } from './contract.ts';
import type { Price } from './price.ts';

export function pricesHandlers(catalogue: CatalogueCache): Handlers<typeof pricesContract> {
  return {
    async listPrices({ query }) {
      const current = await catalogue.current();
      const found = current.history(query.provider, query.model);
      return json(200, { data: found.map(priceAnswer), next_cursor: null });
    },
  };
}

function priceAnswer(price: Price): Record<string, unknown> {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const thresholds = new Set<number>();
  for (const tiers of price.rates.values()) {
    for (const { aboveInputTokens } of tiers) if (aboveInputTokens > 0) thresholds.add(aboveInputTokens);
  }
  return {
    id: price.id,
    provider: price.provider,
    model: price.model,
    valid_from: time(price.validFromMs),
    valid_to: time(price.validToMs),
    daily_seconds: price.daily && [price.daily.fromS, price.daily.toS],
    source: price.source,
    rates: ratesOf(price, 0),
    tiers: [...thresholds]
      .sort((a, b) => a - b)
      .map((threshold) => ({ above_input_tokens: threshold, rates: ratesOf(price, threshold) })),
  };
}

function ratesOf(price: Price, aboveInputTokens: number): Record<string, string> {
  return Object.fromEntries(
    [...price.rates].flatMap(([name, tiers]) =>
      tiers
        .filter((tier) => tier.aboveInputTokens === aboveInputTokens)
        .map((tier) => [name, moneyText(tier.rate)]),
    ),
  );
}
