import { type Actor, type Clock, isProblem, type Problem } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { checkInvariants, type InvariantReport } from './invariants/check-invariants.ts';
import { Catalogue } from './prices/catalogue.ts';
import { crossCheck } from './prices/cross-check.ts';
import { loadCatalogue } from './prices/load-catalogue.ts';
import { crossCheckAnswer, repricingAnswer } from './prices/price-answer.ts';
import type { PriceBody } from './prices/price-body.ts';
import { readLitellmPrices } from './prices/read-litellm-prices.ts';
import { applyRepricing, planRepricing } from './prices/reprice.ts';
import { seedPrices } from './prices/seed-prices.ts';
import { setPrice } from './prices/set-price.ts';

/** What commands need: they work whether a server runs or not. Results are as the API answers them. */
interface OperateDeps {
  readonly database: Database;
  readonly clock: Clock;
}

type Answer = Readonly<Record<string, unknown>>;

/** Compares every sum and budget with the events (T3). */
export function checkMeterr({ database }: OperateDeps): Promise<InvariantReport> {
  return checkInvariants(database);
}

/** Compares the catalogue with a second source (T4). */
export async function crossCheckMeterrPrices(deps: OperateDeps): Promise<Answer> {
  return crossCheckAnswer(crossCheck(await catalogueOf(deps), await readLitellmPrices(), deps.clock.now()));
}

export async function planMeterrRepricing(deps: OperateDeps): Promise<Answer> {
  const plan = await planRepricing(deps.database, await catalogueOf(deps));
  return repricingAnswer(plan, { isDryRun: true, decimals: 'six' });
}

export async function applyMeterrRepricing(deps: OperateDeps, actor: Actor): Promise<Answer> {
  const done = await applyRepricing(deps, await catalogueOf(deps), actor);
  return repricingAnswer(done, { isDryRun: false, decimals: 'six' });
}

/** Sets a price, and says what it means for events that had none. */
export async function setMeterrPrice(
  deps: OperateDeps,
  body: PriceBody,
  actor: Actor,
): Promise<Answer | Problem> {
  const set = await setPrice(deps, body, await catalogueOf(deps), actor);
  return isProblem(set) ? set : { ...set, repricing: await planMeterrRepricing(deps) };
}

async function catalogueOf({ database, clock }: OperateDeps): Promise<Catalogue> {
  await seedPrices(database, clock);
  return new Catalogue(await loadCatalogue(database));
}
