import { setTimeout as delay } from 'node:timers/promises';
import type { AnyService, Clock, Journal, KeyVerifier } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { Config } from '../config.ts';
import type { Limits } from '../limits.ts';
import type { Dependency, Readiness } from './service.ts';

/** Milliseconds for which an answer of the database is believed: strangers may ask as often as they like (O2). */
const believedMs = 1_000;
/** How long services are waited for, milliseconds. */
const outsideWaitMs = 250;

export interface ReadinessDeps {
  readonly database: Database;
  readonly limits: Pick<Limits, 'state'>;
  readonly keys: Pick<KeyVerifier, 'servesStale'>;
  readonly journal: Pick<Journal, 'takesChanges'>;
  readonly services: readonly Pick<AnyService, 'dependencies'>[];
  readonly clock: Clock;
  readonly config: Pick<Config, 'keysServedWhenAwayMs'>;
  readonly isStopping: () => boolean;
}

/**
 * Whether requests should be sent to this node. Without its database it is ready for as long as remembered keys go on
 * (`keysServedWhenAwayMs`): to take it out of service would end what that setting is for.
 */
export function readinessOf(deps: ReadinessDeps): () => Promise<Readiness> {
  const { database, limits, keys, journal, services, clock, config, isStopping } = deps;
  const outside = outsideOf(services);
  let asked: Promise<Dependency> | undefined;
  let answeredAtMs = clock.monotonic();
  const ask = (): Promise<Dependency> => {
    asked ??= database.orm.execute(sql`SELECT 1`).then(
      () => {
        answeredAtMs = clock.monotonic();
        return 'ok';
      },
      () => 'away',
    );
    const forget = asked;
    setTimeout(() => {
      if (asked === forget) asked = undefined;
    }, believedMs).unref();
    return asked;
  };
  if (config.keysServedWhenAwayMs > 0) {
    // Since when the database is away must be known also where nobody asks for readiness.
    setInterval(() => isStopping() || void ask(), believedMs).unref();
  }
  return async () => {
    const state = await ask();
    const goesOnWithout = clock.monotonic() - answeredAtMs < config.keysServedWhenAwayMs;
    const checks: Record<string, Dependency> = {
      database: state,
      keys: keys.servesStale ? 'stale' : 'ok',
      limits: limits.state(),
      // Reads go on (A2): a node that takes no changes is still worth asking.
      journal: journal.takesChanges ? 'ok' : 'short',
      node: isStopping() ? 'stopping' : 'ok',
      // The database knows them: without it nothing is asked, and what was known last is shown.
      ...(await outside(state === 'ok')),
    };
    const isReady = (state === 'ok' || goesOnWithout) && checks.limits !== 'away' && checks.node === 'ok';
    return { isReady, checks };
  };
}

/**
 * What the services say of others outside, asked at most once a second. Only work in the background waits for those: this
 * answer does not, beyond a moment, and shows what was known last.
 */
function outsideOf(services: ReadinessDeps['services']) {
  let known: Record<string, Dependency> = {};
  let asked: Promise<void> | undefined;
  const ask = async () => {
    const states = await Promise.allSettled(services.map(async ({ dependencies }) => dependencies?.()));
    const told = states.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
    known = Object.assign({}, known, ...told);
  };
  return async (isDatabaseThere: boolean): Promise<Record<string, Dependency>> => {
    if (!isDatabaseThere) return known;
    if (asked === undefined) {
      asked = ask();
      setTimeout(() => {
        asked = undefined;
      }, believedMs).unref();
    }
    await Promise.race([asked, delay(outsideWaitMs, undefined, { ref: false })]);
    return known;
  };
}
