import { type Actor, type Clock, recordChange } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { type Account, lockAccounts } from '../accounts/lock-account.ts';
import { readBudgets } from '../accounts/read-dimensions.ts';
import { spendBudgets } from '../budgets/spend-budgets.ts';
import { type Money, noMoney } from '../money.ts';
import type { Catalogue } from './catalogue.ts';
import { priceModel } from './price-model.ts';
import { eachUnpriced, readUnpriced, type UnpricedEvent } from './read-unpriced.ts';
import { storePrices } from './store-prices.ts';

/** What events without a price come to now that there is one, by model. */
export interface Repricing {
  readonly events: number;
  readonly cost: Money;
  readonly stillUnpriced: number;
  readonly models: readonly RepricedModel[];
}

export interface RepricedModel {
  readonly provider: string;
  readonly model: string;
  readonly events: number;
  readonly cost: Money;
}

/** The dry run: what `applyRepricing` would do. */
export async function planRepricing(database: Database, catalogue: Catalogue): Promise<Repricing> {
  const tally = new Tally();
  for await (const events of eachUnpriced(database))
    for (const event of events) tally.add(priced(catalogue, event));
  return tally.result();
}

/**
 * Prices events that had no price, by what was in force when they happened, with their sums and budgets; a priced event is
 * never touched (T4). Account by account, each piece with its audit entry in a transaction of its own.
 */
export async function applyRepricing(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  catalogue: Catalogue,
  actor: Actor,
): Promise<Repricing> {
  const tally = new Tally();
  for await (const events of eachUnpriced(database)) {
    const known = events.filter((event) => priced(catalogue, event).cost !== null);
    const accounts = Map.groupBy(known, ({ userId, environment }) => `${environment} ${userId}`);
    for (const [first, ...others] of accounts.values()) {
      if (first === undefined) continue;
      const ids = [first, ...others].map(({ id }) => id);
      const done = await database.orm.transaction((tx) =>
        repriceAccount(tx, { account: first, ids, catalogue, actor, clock }),
      );
      for (const one of done) tally.add(one);
    }
    for (const event of events) if (!known.includes(event)) tally.add(priced(catalogue, event));
  }
  return tally.result();
}

/** An event with the price that it would have, if any. */
export type RepricedEvent = UnpricedEvent & ReturnType<typeof priceModel>;

function priced(catalogue: Catalogue, event: UnpricedEvent): RepricedEvent {
  const provider = event.provider === unknownProvider ? undefined : event.provider;
  const { model, counts, occurredAtMs } = event;
  return { ...event, ...priceModel(catalogue, { provider, model, counts, calls: 1 }, occurredAtMs) };
}

/** What events without a known provider are stored under. */
export const unknownProvider = 'unknown';

interface Piece {
  readonly account: Account;
  readonly ids: readonly string[];
  readonly catalogue: Catalogue;
  readonly actor: Actor;
  readonly clock: Clock;
}

async function repriceAccount(tx: Transaction, { account, ids, catalogue, actor, clock }: Piece) {
  await lockAccounts(tx, [account]);
  // Read again under the lock: another node may have priced them, or they may belong to somebody else by now.
  const events = (await readUnpriced(tx, account, ids)).map((event) => priced(catalogue, event));
  const known = events.filter((event) => event.cost !== null);
  if (known.length === 0) return [];
  await storePrices(tx, account, known);
  const teamIds = [...new Set(known.flatMap((event) => event.teamIds))];
  const budgets = await readBudgets(tx, account, teamIds);
  const cost = known.reduce((sum, event) => sum.plus(event.cost ?? noMoney), noMoney);
  await spendBudgets(tx, budgets, known, { nowMs: clock.now(), holds: new Map() });
  const change = {
    action: 'usage.reprice',
    objectType: 'usage_event',
    objectIds: known.map(({ id }) => id),
    before: { cost: null },
    after: {
      events: known.length,
      cost: cost.toFixed(),
      price_ids: [...new Set(known.map((one) => one.priceId))],
    },
  };
  await recordChange(tx, actor, change, clock);
  return known;
}

/** Counts by model. */
class Tally {
  readonly #models = new Map<string, { provider: string; model: string; events: number; cost: Money }>();
  #stillUnpriced = 0;

  add({ provider, model, cost }: RepricedEvent): void {
    if (cost === null) {
      this.#stillUnpriced += 1;
      return;
    }
    const key = JSON.stringify([provider, model]);
    const found = this.#models.get(key) ?? { provider, model, events: 0, cost: noMoney };
    this.#models.set(key, { ...found, events: found.events + 1, cost: found.cost.plus(cost) });
  }

  result(): Repricing {
    const models = [...this.#models.values()];
    return {
      events: models.reduce((sum, one) => sum + one.events, 0),
      cost: models.reduce((sum, one) => sum.plus(one.cost), noMoney),
      stillUnpriced: this.#stillUnpriced,
      models,
    };
  }
}
