import { sql } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { keyUses as table } from './schema.ts';

/** Spends the uses of keys that have a maximum of them (K6), exactly over all nodes. */
export interface KeyUses {
  /** One use of the count. False when none is left. Rejects when the database is away: nothing is spent then. */
  take(usesId: string): Promise<boolean>;
}

interface Waiter {
  resolve(isGranted: boolean): void;
  reject(error: unknown): void;
}

/**
 * Each use is debited in the database before its request goes on. Requests that arrive while a debit of the same count is
 * under way share the next one, so that a busy key costs one statement a round trip and not one a request.
 */
export function keyUses(database: Database): KeyUses {
  const waitingByCount = new Map<string, Waiter[]>();

  const work = async (usesId: string, waiting: Waiter[]): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0);
      try {
        const granted = await debit(database, usesId, batch.length);
        for (const [at, waiter] of batch.entries()) waiter.resolve(at < granted);
      } catch (error) {
        for (const waiter of batch) waiter.reject(error);
      }
    }
    waitingByCount.delete(usesId);
  };

  return {
    take: (usesId) =>
      new Promise((resolve, reject) => {
        const waiting = waitingByCount.get(usesId);
        if (waiting !== undefined) {
          waiting.push({ resolve, reject });
          return;
        }
        const first = [{ resolve, reject }];
        waitingByCount.set(usesId, first);
        void work(usesId, first);
      }),
  };
}

/** Takes up to `wanted` uses and says how many there were. */
async function debit({ orm }: Database, usesId: string, wanted: number): Promise<number> {
  const { rows } = await orm.execute<{ granted: number }>(sql`
    WITH held AS (SELECT id, used, least(${wanted}::bigint, uses_max - used) AS granted
      FROM ${table} WHERE id = ${usesId} FOR UPDATE)
    UPDATE ${table} SET used = held.used + held.granted FROM held
    WHERE ${table.id} = held.id AND held.granted > 0 RETURNING held.granted::int AS granted`);
  return rows[0]?.granted ?? 0;
}
