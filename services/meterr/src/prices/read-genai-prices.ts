import { readFile } from 'node:fs/promises';
import type { ConditionalPrice, ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';
import { moneyText, rateFromCatalogue } from '../money.ts';
import type { RateClass } from './rate-classes.ts';
import type { Seed, SeedModel, SeedPeriod, SeedProvider, SeedRate } from './seed.ts';

type CatalogueRates = Readonly<Record<string, { readonly class: RateClass; readonly powerOfTen: number }>>;

/** The catalogue's keys that we charge. Others price what no usage object counts (hours, pages, pixels). */
const catalogueRates: CatalogueRates = {
  input_mtok: { class: 'input_tokens', powerOfTen: 6 },
  cache_read_mtok: { class: 'cache_read_tokens', powerOfTen: 6 },
  cache_write_mtok: { class: 'cache_write_5m_tokens', powerOfTen: 6 },
  cache_write_1h_mtok: { class: 'cache_write_1h_tokens', powerOfTen: 6 },
  output_mtok: { class: 'output_tokens', powerOfTen: 6 },
  output_reasoning_mtok: { class: 'reasoning_tokens', powerOfTen: 6 },
  input_audio_mtok: { class: 'input_audio_tokens', powerOfTen: 6 },
  output_audio_mtok: { class: 'output_audio_tokens', powerOfTen: 6 },
  cache_audio_read_mtok: { class: 'cache_read_audio_tokens', powerOfTen: 6 },
  output_image_mtok: { class: 'output_image_tokens', powerOfTen: 6 },
  output_citation_mtok: { class: 'citation_tokens', powerOfTen: 6 },
  web_searches_kcount: { class: 'web_searches', powerOfTen: 3 },
  requests_kcount: { class: 'requests', powerOfTen: 3 },
};

/** The version of the installed `@pydantic/genai-prices`, without loading its data. */
export async function genaiPricesVersion(): Promise<string> {
  const manifest = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'));
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return version;
}

/** Reads `@pydantic/genai-prices` as data; its arithmetic, which uses floats, is never called (T2). */
export async function readGenaiPrices(): Promise<Omit<Seed, 'version'>> {
  const { waitForUpdate } = await import('@pydantic/genai-prices');
  // Nothing has asked for an update, so this is the data of the package itself, without any network.
  const providers = (await waitForUpdate()) ?? [];
  return {
    source: 'genai-prices',
    providers: providers.map(seedProvider),
    models: providers.flatMap(({ id, models }) =>
      models.map((model, position) => seedModel(id, model, position)),
    ),
  };
}

function seedProvider(provider: Provider, position: number): SeedProvider {
  return {
    provider: provider.id,
    position,
    providerMatch: provider.provider_match ?? null,
    modelMatch: provider.model_match ?? null,
    fallbacks: provider.fallback_model_providers ?? [],
  };
}

function seedModel(provider: string, model: ModelInfo, position: number): SeedModel {
  const conditional = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  return { provider, model: model.id, position, match: model.match, periods: seedPeriods(conditional) };
}

/** The catalogue lists the oldest first; a period ends where the next dated one begins. */
function seedPeriods(conditional: readonly ConditionalPrice[]): SeedPeriod[] {
  const starts = conditional.flatMap(({ constraint }) =>
    constraint?.type === 'start_date' ? [Date.parse(`${constraint.start_date}T00:00:00Z`)] : [],
  );
  let declaredFromMs: number | null = null;
  return conditional.map(({ constraint, prices }) => {
    if (constraint?.type === 'start_date') declaredFromMs = Date.parse(`${constraint.start_date}T00:00:00Z`);
    const from = declaredFromMs;
    return {
      declaredFromMs: from,
      validToMs: starts.find((start) => from === null || start > from) ?? null,
      daily:
        constraint?.type === 'time_of_date'
          ? { fromS: secondsOfDay(constraint.start_time), toS: secondsOfDay(constraint.end_time) }
          : null,
      rates: seedRates(prices),
    };
  });
}

function seedRates(prices: ModelPrice): SeedRate[] {
  return Object.entries(prices).flatMap(([key, price]) => {
    const known = catalogueRates[key];
    if (known === undefined || price === undefined) return [];
    const text = (value: number) => moneyText(rateFromCatalogue(value, known.powerOfTen));
    if (typeof price === 'number') return [{ class: known.class, aboveInputTokens: 0, rate: text(price) }];
    return [
      { class: known.class, aboveInputTokens: 0, rate: text(price.base) },
      ...price.tiers.map((tier) => ({
        class: known.class,
        aboveInputTokens: tier.start,
        rate: text(tier.price),
      })),
    ];
  });
}

function secondsOfDay(time: string): number {
  const parts = /^(\d{2}):(\d{2}):(\d{2})Z$/.exec(time);
  if (parts === null) throw new Error(`The catalogue has a time of day that is not UTC: ${time}`);
  const [, hours, minutes, seconds] = parts.map((part) => Number.parseInt(part, 10));
  return (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}
