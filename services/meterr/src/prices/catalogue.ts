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
  readonly #remembered = new Map<string, readonly FoundModel[]>();

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
    for (const found of this.#models(provider, model)) {
      const inForce = found.model.prices.filter((price) => isInForce(price, atMs));
      // A price for a part of the day goes before the one for all of it.
      const price = inForce.find(({ daily }) => daily !== null) ?? inForce[0];
      if (price !== undefined) return { price, isOwn: found.isOwn };
    }
    return undefined;
  }

  /** Every price the model has or had, operators' before the library's, each newest first. */
  history(provider: string | undefined, model: string): readonly Price[] {
    return this.#models(provider, model).flatMap((found) => found.model.prices);
  }

  /** Every model with the id that its source gives it, and its prices. */
  *models(): Generator<{ readonly provider: string; readonly model: CatalogueModel }> {
    for (const provider of this.#providers)
      for (const model of provider.models) yield { provider: provider.id, model };
  }

  /** What the name means: an operator's model first, then the library's. */
  #models(provider: string | undefined, model: string): readonly FoundModel[] {
    const key = JSON.stringify([provider ?? null, model]);
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined) return remembered;
    const found = this.#lookUp(provider, model);
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.set(key, found);
    return found;
  }

  #lookUp(provider: string | undefined, model: string): readonly FoundModel[] {
    const own = this.#provider(provider, model);
    if (own === undefined) return [];
    const name = provider === undefined ? withoutProvider(own.id, model) : model;
    const isMeant = (one: CatalogueModel) => matchesModel(one.match, name);
    const operators = own.models.find((one) => one.isOperators && isMeant(one));
    const librarys = own.models.find((one) => !one.isOperators && isMeant(one));
    const found = [operators, librarys].flatMap((one) =>
      one === undefined ? [] : [{ model: one, isOwn: true }],
    );
    if (librarys !== undefined) return found;
    for (const fallback of own.fallbacks) {
      const resold = this.#byId.get(fallback)?.models.find(isMeant);
      if (resold !== undefined) return [...found, { model: resold, isOwn: false }];
    }
    return found;
  }

  #provider(provider: string | undefined, model: string): CatalogueProvider | undefined {
    if (provider === undefined) {
      const named = this.#byId.get(model.slice(0, Math.max(0, model.indexOf('/'))).toLowerCase());
      return named ?? this.#ofOperators(model) ?? this.#matching((one) => one.modelMatch, model);
    }
    return (
      this.#byId.get(provider.toLowerCase().trim()) ?? this.#matching((one) => one.providerMatch, provider)
    );
  }

  /** The provider of whom an operator has named this very model. */
  #ofOperators(model: string): CatalogueProvider | undefined {
    return this.#providers.find((one) =>
      one.models.some(({ isOperators, match }) => isOperators && matchesModel(match, model)),
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

  /** The same with every change that has been committed by now. */
  async reloaded(): Promise<Catalogue> {
    await this.#refreshing;
    return this.#refresh();
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
