import { and, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import { candidatesMax } from '../bcrypt/bcrypt-keys.ts';

/** How many imported bcrypt keys share a prefix: each of them is a candidate for each other's text (K3). */
export interface PrefixCounts {
  /** One more with this prefix; why there may be no more, if so. */
  add(prefix: string): string | undefined;
}

export async function prefixCounts(tx: Transaction, prefixes: readonly string[]): Promise<PrefixCounts> {
  const rows =
    prefixes.length === 0
      ? []
      : await tx
          .select({ prefix: apiKeys.prefix, count: sql<number>`count(*)`.mapWith(Number) })
          .from(apiKeys)
          .where(
            and(
              inArray(apiKeys.prefix, [...new Set(prefixes)]),
              isNotNull(apiKeys.importId),
              sql`${apiKeys.keyHash} LIKE '$2%'`,
            ),
          )
          .groupBy(apiKeys.prefix);
  const counts = new Map(rows.map(({ prefix, count }) => [prefix, count]));
  return {
    add(prefix) {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      return count <= candidatesMax
        ? undefined
        : `more than ${candidatesMax} bcrypt keys begin with ${prefix}: each try would cost a run for each of them; declare a longer prefix`;
    },
  };
}
