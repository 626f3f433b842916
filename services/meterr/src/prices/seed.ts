import type { ModelMatch } from './match-model.ts';
import type { RateClass } from './rate-classes.ts';

/** The catalogue as a source declares it. Rates are decimal text, US dollars for one unit. */
export interface Seed {
  /** Names the source and its version; a seed is applied once (T4). */
  readonly version: string;
  readonly source: string;
  readonly providers: readonly SeedProvider[];
  readonly models: readonly SeedModel[];
}

export interface SeedProvider {
  readonly provider: string;
  readonly position: number;
  /** Other names the provider goes by. */
  readonly providerMatch: ModelMatch | null;
  /** Models that tell the provider when a caller does not name it. */
  readonly modelMatch: ModelMatch | null;
  /** Providers whose models it resells at, as far as known, their prices. */
  readonly fallbacks: readonly string[];
}

export interface SeedModel {
  readonly provider: string;
  readonly model: string;
  /** Within a provider the first model that matches is meant. */
  readonly position: number;
  readonly match: ModelMatch;
  readonly periods: readonly SeedPeriod[];
}

/** Prices from one declared moment to the next, Unix milliseconds. */
export interface SeedPeriod {
  readonly declaredFromMs: number | null;
  readonly validToMs: number | null;
  readonly daily: { readonly fromS: number; readonly toS: number } | null;
  readonly rates: readonly SeedRate[];
}

export interface SeedRate {
  readonly class: RateClass;
  readonly aboveInputTokens: number;
  readonly rate: string;
}
