import { sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import type { SearchedTime } from './conditions.ts';
import { type Reading, rangeCount, rangeEntriesMax, reachOf, valuesOf } from './lead-rows.ts';
import type { RangeLead, ValueLead } from './leads.ts';

/** A value with fewer rows than this is rare: all of them are read at once. */
const rareRows = 2_000;

type ValueReading = Reading & { readonly kind: 'value' };

/** The values of each lead; undefined when nothing can be found, since one of them has none. */
export async function readingsOf(
  tx: Transaction,
  leads: readonly ValueLead[],
): Promise<ValueReading[] | undefined> {
  const readings: ValueReading[] = [];
  for (const lead of leads) {
    const values = await valuesOf(tx, lead);
    if (values?.length === 0) return undefined;
    if (values !== undefined) readings.push({ kind: 'value', lead, values });
  }
  return readings;
}

/**
 * By what the rows of a time are read. One that is rare wins at once; a range is followed only when it is short, since
 * its rows come in no order; of those that are all frequent the one whose newest rows reach back farthest.
 */
export async function chooseReading(
  tx: Transaction,
  readings: readonly ValueReading[],
  ranges: readonly RangeLead[],
  time: SearchedTime,
): Promise<Reading> {
  const [first] = readings;
  if (first === undefined && ranges.length === 0) return { kind: 'time' };
  if (first !== undefined && readings.length === 1 && ranges.length === 0) return first;
  let farthest: { reading: Reading; reach: number } | undefined;
  for (const reading of readings) {
    const depth = Math.ceil(rareRows / reading.values.length);
    const { rows } = await tx.execute<{ created_at: Date }>(reachOf(reading, time, depth));
    const [end] = rows;
    if (end === undefined) return reading;
    const reach = new Date(end.created_at).getTime();
    if (farthest === undefined || reach < farthest.reach) farthest = { reading, reach };
  }
  for (const lead of ranges) {
    const { rows } = await tx.execute<{ count: number }>(rangeCount(lead, time));
    if ((rows[0]?.count ?? 0) <= rangeEntriesMax) return { kind: 'range', lead };
  }
  return farthest?.reading ?? { kind: 'time' };
}

/** For the time of one search: no plan that reads more than it needs, and no compiling of one that is run once. */
export const plannerSettings = sql`SELECT set_config(name, 'off', true)
  FROM unnest(ARRAY['jit', 'enable_bitmapscan', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) AS name`;
