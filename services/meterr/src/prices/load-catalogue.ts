import type { Database } from '@keyward/guard/database';
import { asc, desc, eq, sql } from 'drizzle-orm';
import { priceModels, priceProviders, priceRates, prices } from '../database/schema.ts';
import { money } from '../money.ts';
import type { ModelMatch } from './match-model.ts';
import type { Price, Rate } from './price.ts';
import type { RateClass } from './rate-classes.ts';

export interface CatalogueModel {
  readonly id: string;
  readonly match: ModelMatch;
  /** Set by an operator: goes before the library's model of the same name, as far as it has prices (T4). */
  readonly isOperators: boolean;
  /** Newest first. */
  readonly prices: readonly Price[];
}

export interface CatalogueProvider {
  readonly id: string;
  readonly providerMatch: ModelMatch | null;
  readonly modelMatch: ModelMatch | null;
  readonly fallbacks: readonly string[];
  /** In order: the first that matches is meant. */
  readonly models: readonly CatalogueModel[];
}

/** Reads the whole catalogue, some thousand rows, in one snapshot. */
export async function loadCatalogue(database: Database): Promise<CatalogueProvider[]> {
  return database.orm.transaction(
    async (tx) => {
      const rates = await tx.select().from(priceRates).orderBy(asc(priceRates.aboveInputTokens));
      const rows = await tx
        .select()
        .from(prices)
        .orderBy(sql`${prices.validFrom} DESC NULLS LAST`, desc(prices.createdAt), desc(prices.id));
      const models = await tx.select().from(priceModels).orderBy(asc(priceModels.position));
      const providers = await tx.select().from(priceProviders).orderBy(asc(priceProviders.position));
      const pricesOf = grouped(assemblePrices(rows, rates), (price) => modelKey(price));
      const modelsOf = grouped(models, ({ provider }) => provider);
      return providers.map(({ provider, providerMatch, modelMatch, fallbacks }) => ({
        id: provider,
        providerMatch,
        modelMatch,
        fallbacks,
        models: (modelsOf.get(provider) ?? []).map((row) => ({
          id: row.model,
          match: row.match,
          isOperators: row.source === operatorSource,
          prices: pricesOf.get(modelKey(row)) ?? [],
        })),
      }));
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

/** One row of the catalogue, also one that has ended. */
export async function readPrice(database: Database, id: string): Promise<Price | undefined> {
  const rows = await database.orm.select().from(prices).where(eq(prices.id, id));
  const rates = await database.orm
    .select()
    .from(priceRates)
    .where(eq(priceRates.priceId, id))
    .orderBy(asc(priceRates.aboveInputTokens));
  return assemblePrices(rows, rates)[0];
}

/** The source of what operators set themselves. */
export const operatorSource = 'operator';

function modelKey(of: { source: string; provider: string; model: string }): string {
  return JSON.stringify([of.source, of.provider, of.model]);
}

function assemblePrices(
  rows: readonly (typeof prices.$inferSelect)[],
  rates: readonly (typeof priceRates.$inferSelect)[],
): Price[] {
  const ratesOf = grouped(rates, ({ priceId }) => priceId);
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    model: row.model,
    validFromMs: row.validFrom?.getTime() ?? null,
    validToMs: row.validTo?.getTime() ?? null,
    daily: row.dailyFrom === null || row.dailyTo === null ? null : { fromS: row.dailyFrom, toS: row.dailyTo },
    source: row.source,
    rates: ratesByClass(ratesOf.get(row.id) ?? []),
  }));
}

function ratesByClass(rates: readonly (typeof priceRates.$inferSelect)[]): Map<RateClass, Rate[]> {
  const byClass = grouped(rates, (rate) => rate.class as RateClass);
  return new Map(
    [...byClass].map(([name, list]) => [
      name,
      list.map(({ aboveInputTokens, rate }) => ({ aboveInputTokens, rate: money(rate) })),
    ]),
  );
}

function grouped<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}
