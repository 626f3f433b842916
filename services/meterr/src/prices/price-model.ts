import type { Money } from '../money.ts';
import type { Counts } from '../token-classes.ts';
import type { Catalogue } from './catalogue.ts';
import { priceCounts } from './price-counts.ts';

/** What something cost and by which price. Unpriced: no cost, which is not the same as a cost of 0 (T4). */
export interface Pricing {
  readonly cost: Money | null;
  readonly priceId: string | null;
  /** `exact`: by the provider's own rates for every class that was used. */
  readonly priced: 'exact' | 'estimated' | 'unpriced';
}

export interface Priceable {
  readonly provider: string | undefined;
  readonly model: string;
  readonly counts: Counts;
  /** 1 where a fee per call is due as well. */
  readonly calls: 0 | 1;
}

const unpriced: Pricing = Object.freeze({ cost: null, priceId: null, priced: 'unpriced' });

/** Prices counts by what was in force at that moment, Unix milliseconds. */
export function priceModel(catalogue: Catalogue, what: Priceable, atMs: number): Pricing {
  const found = catalogue.find(what.provider, what.model, atMs);
  if (found === undefined) return unpriced;
  const priced = priceCounts(found.price, what.counts, what.calls);
  if (priced === undefined) return unpriced;
  return {
    cost: priced.cost,
    priceId: found.price.id,
    priced: priced.isExact && found.isOwn ? 'exact' : 'estimated',
  };
}
