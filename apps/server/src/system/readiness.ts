import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { Limits } from '../limits.ts';
import type { Dependency } from './service.ts';

/** Milliseconds for which an answer of the database is believed: strangers may ask as often as they like (O2). */
const believedMs = 1_000;

export function readinessOf(deps: { database: Database; limits: Limits; isStopping: () => boolean }) {
  let asked: Promise<Dependency> | undefined;
  const askDatabase = (): Promise<Dependency> => {
    asked ??= deps.database.orm.execute(sql`SELECT 1`).then(
      () => 'ok',
      () => 'away',
    );
    const forget = asked;
    setTimeout(() => {
      if (asked === forget) asked = undefined;
    }, believedMs).unref();
    return asked;
  };
  return async (): Promise<Record<string, Dependency>> => ({
    database: await askDatabase(),
    limits: deps.limits.isAway() ? 'away' : 'ok',
    node: deps.isStopping() ? 'stopping' : 'ok',
  });
}
