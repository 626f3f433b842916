import { sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';

/** The keys of one owner that a rotation stopped. */
export interface StoppedKeys {
  readonly count: number;
  /** The first `listedMax` of them. */
  readonly listed: readonly { readonly name: string; readonly prefix: string }[];
}

export const listedMax = 50;

/** Which keys of each owner a rotation stopped, by user id; owners without one are not in it. */
export async function keysOfOwners(
  tx: Transaction,
  emergencyId: string,
  owners: readonly string[],
): Promise<ReadonlyMap<string, StoppedKeys>> {
  const people = sql.param([...owners]);
  const { rows: counts } = await tx.execute<{ user_id: string; keys: string }>(sql`
    SELECT user_id, count(*) AS keys FROM api_keys
    WHERE emergency_id = ${emergencyId} AND user_id = ANY(${people}::text[]) GROUP BY user_id`);
  const { rows: listed } = await tx.execute<{ user_id: string; name: string; prefix: string }>(sql`
    SELECT owner.id AS user_id, key.name, key.prefix FROM unnest(${people}::text[]) AS owner (id)
    CROSS JOIN LATERAL (
      SELECT id, name, prefix FROM api_keys
      WHERE emergency_id = ${emergencyId} AND user_id = owner.id ORDER BY user_id, id LIMIT ${listedMax}
    ) AS key
    ORDER BY owner.id, key.id`);
  const byOwner = Map.groupBy(listed, ({ user_id }) => user_id);
  return new Map(
    counts.map(({ user_id, keys }) => [user_id, { count: Number(keys), listed: byOwner.get(user_id) ?? [] }]),
  );
}
