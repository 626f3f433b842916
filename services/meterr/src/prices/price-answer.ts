import { type Decimals, formatMoney, moneyText } from '../money.ts';
import type { CrossCheck } from './cross-check.ts';
import type { Price } from './price.ts';
import type { Repricing } from './reprice.ts';

export function priceAnswer(price: Price): Record<string, unknown> {
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

/** What repricing did, or would do. */
export function repricingAnswer(
  repricing: Repricing,
  { isDryRun, decimals }: { readonly isDryRun: boolean; readonly decimals: Decimals },
): Record<string, unknown> {
  return {
    dry_run: isDryRun,
    events: repricing.events,
    cost: formatMoney(repricing.cost, decimals),
    still_unpriced: repricing.stillUnpriced,
    data: repricing.models.map((one) => ({ ...one, cost: formatMoney(one.cost, decimals) })),
  };
}

export function crossCheckAnswer(found: CrossCheck): Record<string, unknown> {
  return {
    source: 'LiteLLM, by way of llm-prices',
    models: found.models,
    rates: found.rates,
    data: found.disagreements.map((one) => ({
      provider: one.provider,
      model: one.model,
      class: one.class,
      above_input_tokens: one.aboveInputTokens,
      ours: moneyText(one.ours),
      theirs: moneyText(one.theirs),
    })),
    next_cursor: null,
  };
}
