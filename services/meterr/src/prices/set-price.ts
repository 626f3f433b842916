import { type Actor, type Clock, type Problem, recordChange, refuse } from '@keyward/guard';
import { type Database, type Transaction, transact } from '@keyward/guard/database';
import { and, eq, isNull, or, sql } from 'drizzle-orm';
import { priceModels, priceProviders, prices } from '../database/schema.ts';
import type { Catalogue } from './catalogue.ts';
import { operatorSource } from './load-catalogue.ts';
import { hashRates } from './plan-price-changes.ts';
import { type PriceBody, ratesOfBody } from './price-body.ts';
import type { SeedRate } from './seed.ts';
import { insertPrices, pricesLock } from './seed-prices.ts';

/**
 * Sets what a model costs from `valid_from` on, before the library's price. The operator's price that was in force ends
 * there; rows are ended and added, never changed, so what has been charged stays (T4). 422 where it would begin in the past
 * of a model that had a price then.
 */
export async function setPrice(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  body: PriceBody,
  catalogue: Catalogue,
  actor: Actor,
): Promise<{ readonly id: string } | Problem> {
  const nowMs = clock.now();
  const rates = ratesOfBody(body);
  if (rates === undefined) return invalid('/rates', 'At most 18 decimals for one unit');
  const thresholds = body.tiers.map((tier) => tier.above_input_tokens);
  if (new Set(thresholds).size < thresholds.length) return invalid('/tiers', 'Each threshold once');
  const hasHistory = catalogue.history(body.provider, body.model).length > 0;
  const fromMs = beginning(body, nowMs, hasHistory);
  if (hasHistory && (fromMs === null || fromMs < nowMs))
    return invalid('/valid_from', 'Must not be in the past of a model that has had a price');
  return transact(database.orm, async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${pricesLock})`);
    await nameModel(tx, body);
    await endBefore(tx, body, fromMs);
    const id = await addPrice(tx, body, { rates, fromMs, nowMs });
    await tx.execute(sql`UPDATE price_catalogue SET revision = revision + 1`);
    const after = { ...body, price_id: id };
    await recordChange(
      tx,
      actor,
      { action: 'prices.set', objectType: 'price', objectIds: [id], before: null, after },
      clock,
    );
    return { id };
  });
}

function beginning(body: PriceBody, nowMs: number, hasHistory: boolean): number | null {
  if (body.valid_from === undefined) return hasHistory ? nowMs : null;
  return body.valid_from === null ? null : Date.parse(body.valid_from);
}

async function nameModel(tx: Transaction, { provider, model, aliases }: PriceBody): Promise<void> {
  await tx
    .insert(priceProviders)
    .values({
      provider,
      position: -1,
      providerMatch: null,
      modelMatch: null,
      fallbacks: [],
      source: operatorSource,
    })
    .onConflictDoNothing();
  const match = { or: [model, ...aliases].map((equals) => ({ equals })) };
  await tx
    .insert(priceModels)
    .values({ provider, model, position: -1, match, source: operatorSource })
    .onConflictDoUpdate({
      target: [priceModels.source, priceModels.provider, priceModels.model],
      set: { match },
    });
}

async function endBefore(
  tx: Transaction,
  { provider, model }: PriceBody,
  atMs: number | null,
): Promise<void> {
  if (atMs === null) return;
  const at = new Date(atMs).toISOString();
  await tx
    .update(prices)
    .set({ validTo: new Date(atMs) })
    .where(
      and(
        eq(prices.source, operatorSource),
        eq(prices.provider, provider),
        eq(prices.model, model),
        or(isNull(prices.validTo), sql`${prices.validTo} > ${at}::timestamptz`),
      ),
    );
}

async function addPrice(
  tx: Transaction,
  { provider, model }: PriceBody,
  {
    rates,
    fromMs,
    nowMs,
  }: { readonly rates: readonly SeedRate[]; readonly fromMs: number | null; readonly nowMs: number },
): Promise<string> {
  const period = { declaredFromMs: fromMs, validToMs: null, daily: null, rates };
  const price = { period, validFromMs: fromMs, ratesHash: hashRates(rates) };
  const [id] = await insertPrices(tx, operatorSource, [{ model: { provider, model }, price }], nowMs);
  if (id === undefined) throw new Error('A price was not added');
  return id;
}

function invalid(pointer: string, message: string): Problem {
  return refuse('invalid_request', { errors: [{ pointer, message }] });
}
