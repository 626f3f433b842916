import type { Database } from '@keyward/guard/database';
import { type Decimals, formatMoney, money } from '../money.ts';
import { costLines } from '../prices/cost-lines.ts';
import { readPrice } from '../prices/load-catalogue.ts';
import type { StoredEvent } from './stored-event.ts';

/**
 * Why an event costs what it does: class × count × rate, by the price that it was charged. `adds_up` compares the lines with
 * what is stored (T4). Rates are shown with all their decimals.
 */
export async function costBreakdown(
  database: Database,
  event: StoredEvent,
  decimals: Decimals,
): Promise<Record<string, unknown>> {
  const price = event.priceId === null ? undefined : await readPrice(database, event.priceId);
  const lines = price === undefined ? [] : costLines(price, event.counts, 1);
  const sum = lines.reduce((total, line) => total.plus(line.subtotal), money('0'));
  return {
    id: event.id,
    event_id: event.eventId,
    provider: event.provider,
    model: event.model,
    timestamp: new Date(event.occurredAtMs).toISOString(),
    priced: event.priced,
    price_id: event.priceId,
    price: price && { provider: price.provider, model: price.model, source: price.source },
    lines: lines.map((line) => ({
      class: line.class,
      count: line.count,
      rate: line.rate === null ? null : line.rate.toFixed(),
      rate_of: line.rateOf,
      above_input_tokens: line.aboveInputTokens,
      subtotal: formatMoney(line.subtotal, decimals),
    })),
    cost: event.cost && formatMoney(event.cost, decimals),
    reported_cost: event.reportedCost && formatMoney(event.reportedCost, decimals),
    adds_up: event.cost === null ? lines.length === 0 : sum.eq(event.cost),
  };
}
