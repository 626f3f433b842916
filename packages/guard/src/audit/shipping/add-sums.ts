import type { ClientBase } from 'pg';
import type { BatchSum } from './batch-sums.ts';

/** Adds the sums of a batch to those that wait for the end of their minute, in the transaction that ships it. */
export async function addSums(client: ClientBase, sums: readonly BatchSum[]): Promise<void> {
  if (sums.length === 0) return;
  await client.query(
    `INSERT INTO audit_sums AS known
       (minute, address_group, code, status, repeats, first_at, last_at, first, last)
     SELECT * FROM unnest($1::integer[], $2::text[], $3::text[], $4::integer[], $5::integer[],
       $6::timestamptz[], $7::timestamptz[], $8::jsonb[], $9::jsonb[])
     ON CONFLICT (minute, address_group, code, status) DO UPDATE SET
       repeats = known.repeats + excluded.repeats,
       first = CASE WHEN excluded.first_at < known.first_at THEN excluded.first ELSE known.first END,
       last = CASE WHEN excluded.last_at < known.last_at THEN known.last ELSE excluded.last END,
       first_at = least(known.first_at, excluded.first_at),
       last_at = greatest(known.last_at, excluded.last_at)`,
    [
      sums.map((sum) => sum.minute),
      sums.map((sum) => sum.addressGroup),
      sums.map((sum) => sum.code),
      sums.map((sum) => sum.status),
      sums.map((sum) => sum.repeats),
      sums.map((sum) => sum.firstAt),
      sums.map((sum) => sum.lastAt),
      sums.map((sum) => JSON.stringify(sum.first)),
      sums.map((sum) => JSON.stringify(sum.last)),
    ],
  );
}
