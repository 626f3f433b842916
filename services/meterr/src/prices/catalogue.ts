import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { type CatalogueModel, type CatalogueProvider, loadCatalogue } from './load-catalogue.ts';
import { matchesLoosely, matchesModel } from './match-model.ts';
import { isInForce, type Price } from './price.ts';

const refreshMs = 5_000;
const rememberedMax = 10_000;

export interface FoundPrice {
  readonly price: Price;
  /** False when it is the price of the provider whose models this one resells. */
  readonly isOwn: boolean;
}

interface FoundModel {
  readonly model: CatalogueModel;
  readonly isOwn: boolean;
}

/** One state of the catalogue, in memory. Answers do not change while it is held. */
export class Catalogue {
  readonly #providers: readonly CatalogueProvider[];
  readonly #byId: ReadonlyMap<string, CatalogueProvider>;
  /** Matching runs through hundreds of clauses; callers use few models. Bounded, since callers name them. */
  readonly #remembered = new Map<string, FoundModel | undefined>();

  constructor(providers: readonly CatalogueProvider[]) {
    this.#providers = providers;
    this.#byId = new Map(providers.map((provider) => [provider.id, provider]));
  }

  /** The catalogue's name for a provider, by its name or, when that is undefined, by the model. */
  providerOf(provider: string | undefined, model: string): string | undefined {
    return this.#provider(provider, model)?.id;
  }

  /** The price in force for a call at that moment; undefined: unpriced. */
  find(provider: string | undefined, model: string, atMs: number): FoundPrice | undefined {
    const found = this.#model(provider, model);
    if (found === undefined) return undefined;
    const inForce = found.model.prices.filter((price) => isInForce(price, atMs));
    // A price for a part of the day goes before the one for all of it.
    const price = inForce.find(({ daily }) => daily !== null) ?? inForce[0];
    return price && { price, isOwn: found.isOwn };
  }

  /** Every price the model has or had, newest first. */
  history(provider: string | undefined, model: string): readonly Price[] {
    return this.#model(provider, model)?.model.prices ?? [];
  }

  #model(provider: string | undefined, model: string): FoundModel | undefined {
    const key = JSON.stringify([provider ?? null, model]);
    if (this.#remembered.has(key)) return this.#remembered.get(key);
    const found = this.#lookUp(provider, model);
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.set(key, found);
    return found;
  }

  #lookUp(provider: string | undefined, model: string): FoundModel | undefined {
    const own = this.#provider(provider, model);
    if (own === undefined) return undefined;
    const name = provider === undefined ? withoutProvider(own.id, model) : model;
    const isMeant = (one: CatalogueModel) => matchesModel(one.match, name);
    const found = own.models.find(isMeant);
    if (found !== undefined) return { model: found, isOwn: true };
    for (const fallback of own.fallbacks) {
      const resold = this.#byId.get(fallback)?.models.find(isMeant);
      if (resold !== undefined) return { model: resold, isOwn: false };
    }
    return undefined;
  }

  #provider(provider: string | undefined, model: string): CatalogueProvider | undefined {
    if (provider === undefined) {
      const named = this.#byId.get(model.slice(0, Math.max(0, model.indexOf('/'))).toLowerCase());
      return named ?? this.#matching((one) => one.modelMatch, model);
    }
    return (
      this.#byId.get(provider.toLowerCase().trim()) ?? this.#matching((one) => one.providerMatch, provider)
    );
  }

  #matching(
    clauseOf: (one: CatalogueProvider) => CatalogueProvider['modelMatch'],
    text: string,
  ): CatalogueProvider | undefined {
    return this.#providers.find((one) => {
      const clause = clauseOf(one);
      return clause !== null && matchesLoosely(clause, text);
    });
  }
}

/** `openai/gpt-4o` is `gpt-4o` of openai. */
function withoutProvider(provider: string, model: string): string {
  return model.toLowerCase().startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model;
}

/** The catalogue as the database has it, read again within 5 s of a change. */
export class CatalogueCache {
  readonly #database: Database;
  readonly #clock: Clock;
  #held: { catalogue: Catalogue; revision: string; checkedAtMs: number } | undefined;
  #refreshing: Promise<Catalogue> | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async current(): Promise<Catalogue> {
    const held = this.#held;
    if (held !== undefined && this.#clock.monotonic() - held.checkedAtMs < refreshMs) return held.catalogue;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<Catalogue> {
    const checkedAtMs = this.#clock.monotonic();
    const { rows } = await this.#database.orm.execute<{ revision: string }>(
      sql`SELECT revision::text AS revision FROM price_catalogue`,
    );
    // Read before the prices: a change between the two is seen again at the next look.
    const revision = rows[0]?.revision ?? '';
    const catalogue =
      this.#held?.revision === revision
        ? this.#held.catalogue
        : new Catalogue(await loadCatalogue(this.#database));
    this.#held = { catalogue, revision, checkedAtMs };
    return catalogue;
  }
}
