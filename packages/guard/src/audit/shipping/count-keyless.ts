import type { ClientBase } from 'pg';
import { keylessRowsMax } from './batch-sums.ts';
import type { KeylessMinute } from './keyless-lines.ts';

/**
 * Counts the requests of a batch in the transaction that ships it, and says how many there were before, by the same
 * keys; of groups that have not made more than 60 yet, nothing. Who counts the same address group at the same time waits, so that over all nodes 60 become rows and no more.
 */
export async function countKeyless(
  client: ClientBase,
  keyless: ReadonlyMap<string, KeylessMinute>,
): Promise<Map<string, number>> {
  const before = new Map<string, number>();
  if (keyless.size === 0) return before;
  // In one order on every node: two that count the same groups wait for each other, and never in a circle.
  const sorted = [...keyless.values()].sort(
    (a, b) => a.minute - b.minute || (a.addressGroup < b.addressGroup ? -1 : 1),
  );
  const { rows } = await client.query<{ minute: number; address_group: string; requests: number }>(
    `WITH counted AS (
       INSERT INTO audit_keyless_minutes AS known (minute, address_group, requests)
       SELECT * FROM unnest($1::integer[], $2::text[], $3::integer[])
       ON CONFLICT (minute, address_group) DO UPDATE SET requests = known.requests + excluded.requests
       RETURNING minute, address_group, requests)
     SELECT * FROM counted WHERE requests > $4`,
    [
      sorted.map(({ minute }) => minute),
      sorted.map(({ addressGroup }) => addressGroup),
      sorted.map(({ lines }) => lines.length),
      keylessRowsMax,
    ],
  );
  for (const { minute, address_group: group, requests } of rows) {
    const key = `${minute} ${group}`;
    before.set(key, requests - (keyless.get(key)?.lines.length ?? 0));
  }
  return before;
}

/** Counts of minutes this long over are of no use any more: a node that far behind may write a few rows more. */
const keptMinutes = 6 * 60;

/** Forgets the counts of minutes that are long over. Returns how many. */
export async function forgetKeylessMinutes(
  client: Pick<ClientBase, 'query'>,
  nowMs: number,
): Promise<number> {
  const oldest = Math.floor(nowMs / 60_000) - keptMinutes;
  const { rowCount } = await client.query('DELETE FROM audit_keyless_minutes WHERE minute < $1', [oldest]);
  return rowCount ?? 0;
}
