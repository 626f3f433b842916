import type { Clock } from '@keyward/guard';
import { uuidv7 } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { asc, eq, inArray, or, sql } from 'drizzle-orm';
import { priceModels, priceProviders, priceRates, prices } from '../database/schema.ts';
import { correctPrices, readCorrections } from './correct-prices.ts';
import { type NewPrice, planPriceChanges, type StandingPrice } from './plan-price-changes.ts';
import { genaiPricesVersion, readGenaiPrices } from './read-genai-prices.ts';
import type { Seed, SeedModel } from './seed.ts';

/** Whoever changes prices holds it until the transaction ends. */
export const pricesLock = 0x70726963; // "pric"

/**
 * Brings the catalogue to the installed price library with our corrections, once for each version of them
 * and on one node at a time. Returns whether anything was applied.
 */
export async function seedPrices(database: Database, clock: Clock): Promise<boolean> {
  const corrections = await readCorrections();
  const version = `genai-prices ${await genaiPricesVersion()}, corrections ${corrections.version}`;
  if (await isApplied(database, version)) return false;
  const catalogue = await readGenaiPrices();
  return applySeed(
    database,
    { ...catalogue, models: correctPrices(catalogue.models, corrections), version },
    clock.now(),
  );
}

/** Applies a seed unless its version has been applied before. `nowMs` is when its changes take effect. */
export async function applySeed(database: Database, seed: Seed, nowMs: number): Promise<boolean> {
  return database.orm.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${pricesLock})`);
    const claimed = await tx.execute(
      sql`INSERT INTO price_seeds (version, applied_at) VALUES (${seed.version}, ${new Date(nowMs).toISOString()})
          ON CONFLICT DO NOTHING`,
    );
    if (claimed.rowCount === 0) return false;
    await replaceMatching(tx, seed);
    await changePrices(tx, seed, nowMs);
    await tx.execute(sql`UPDATE price_catalogue SET revision = revision + 1`);
    return true;
  });
}

async function isApplied(database: Database, version: string): Promise<boolean> {
  const found = await database.orm.execute(sql`SELECT 1 FROM price_seeds WHERE version = ${version}`);
  return found.rows.length > 0;
}

/** Which id means which model is not a price: it is simply brought up to date. */
async function replaceMatching(tx: Transaction, seed: Seed): Promise<void> {
  const { source } = seed;
  await tx.delete(priceModels).where(eq(priceModels.source, source));
  // One that an operator had to name first is the library's from now on.
  const ids = seed.providers.map(({ provider }) => provider);
  await tx
    .delete(priceProviders)
    .where(or(eq(priceProviders.source, source), inArray(priceProviders.provider, ids)));
  await inChunks(seed.providers, (chunk) =>
    tx.insert(priceProviders).values(chunk.map((one) => ({ ...one, source, fallbacks: [...one.fallbacks] }))),
  );
  await inChunks(seed.models, (chunk) =>
    tx
      .insert(priceModels)
      .values(
        chunk.map(({ provider, model, position, match }) => ({ provider, model, position, match, source })),
      ),
  );
}

async function changePrices(tx: Transaction, seed: Seed, nowMs: number): Promise<void> {
  const standing = await readStanding(tx, seed.source);
  const additions: { model: Pick<SeedModel, 'provider' | 'model'>; price: NewPrice }[] = [];
  const endings: { id: string; validToMs: number | null }[] = [];
  for (const model of seed.models) {
    const key = modelKey(model);
    const plan = planPriceChanges(standing.get(key) ?? [], model.periods, nowMs);
    standing.delete(key);
    endings.push(...plan.endings);
    additions.push(...plan.additions.map((price) => ({ model, price })));
  }
  for (const dropped of standing.values()) endings.push(...planPriceChanges(dropped, [], nowMs).endings);
  for (const { id, validToMs } of endings) {
    const validTo = validToMs === null ? null : new Date(validToMs);
    await tx.update(prices).set({ validTo }).where(eq(prices.id, id));
  }
  await insertPrices(tx, seed.source, additions, nowMs);
}

async function readStanding(tx: Transaction, source: string): Promise<Map<string, StandingPrice[]>> {
  const rows = await tx
    .select()
    .from(prices)
    .where(eq(prices.source, source))
    .orderBy(asc(prices.createdAt), asc(prices.id));
  const standing = new Map<string, StandingPrice[]>();
  for (const row of rows) {
    const list = standing.get(modelKey(row)) ?? [];
    list.push({
      id: row.id,
      declaredFromMs: row.declaredFrom?.getTime() ?? null,
      validFromMs: row.validFrom?.getTime() ?? null,
      validToMs: row.validTo?.getTime() ?? null,
      daily:
        row.dailyFrom === null || row.dailyTo === null ? null : { fromS: row.dailyFrom, toS: row.dailyTo },
      ratesHash: row.ratesHash,
    });
    standing.set(modelKey(row), list);
  }
  return standing;
}

/** Adds rows to the catalogue; `source` says who declares them. */
export async function insertPrices(
  tx: Transaction,
  source: string,
  additions: readonly { model: Pick<SeedModel, 'provider' | 'model'>; price: NewPrice }[],
  nowMs: number,
): Promise<string[]> {
  const withIds = additions.map((addition) => ({ ...addition, id: uuidv7(nowMs) }));
  const date = (ms: number | null) => (ms === null ? null : new Date(ms));
  await inChunks(withIds, (chunk) =>
    tx.insert(prices).values(
      chunk.map(({ id, model, price }) => ({
        id,
        provider: model.provider,
        model: model.model,
        declaredFrom: date(price.period.declaredFromMs),
        validFrom: date(price.validFromMs),
        validTo: date(price.period.validToMs),
        dailyFrom: price.period.daily?.fromS ?? null,
        dailyTo: price.period.daily?.toS ?? null,
        ratesHash: price.ratesHash,
        source,
        createdAt: new Date(nowMs),
      })),
    ),
  );
  const rates = withIds.flatMap(({ id, price }) =>
    price.period.rates.map((rate) => ({ priceId: id, ...rate })),
  );
  await inChunks(rates, (chunk) => tx.insert(priceRates).values(chunk));
  return withIds.map(({ id }) => id);
}

/** PostgreSQL takes 65,535 parameters in a statement. */
async function inChunks<T>(all: readonly T[], insert: (chunk: T[]) => PromiseLike<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += 2000) await insert(all.slice(at, at + 2000));
}

function modelKey(of: { provider: string; model: string }): string {
  return `${of.provider} ${of.model}`;
}
