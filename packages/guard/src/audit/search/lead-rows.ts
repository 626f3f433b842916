import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import { auditLogs } from '../../database/schema.ts';
import type { SearchedTime } from './conditions.ts';
import type { RangeLead, ValueLead } from './leads.ts';

/** A way to read rows of a time, newest first: by the values of an index, by a range of them, or by the time alone. */
export type Reading =
  | { readonly kind: 'value'; readonly lead: ValueLead; readonly values: readonly (string | number)[] }
  | { readonly kind: 'range'; readonly lead: RangeLead }
  | { readonly kind: 'time' };

/** Entries of an index that are read at most to find the newest of a range of its values. */
export const rangeEntriesMax = 10_000;
const valuesMax = 200;

const { createdAt, id } = auditLogs;

/**
 * The newest `limit` rows as a query. The planner is left no choice of index: it takes a value for frequent because it was
 * so a month ago, and then walks through the whole month. `ORDER BY value, created_at` is an order of one index only.
 */
export function leadRows(reading: Reading, time: SearchedTime, limit: number): SQL {
  if (reading.kind === 'time') {
    return sql`SELECT * FROM ${auditLogs} WHERE ${time.exact}
      ORDER BY ${createdAt} DESC, ${id} DESC LIMIT ${limit}`;
  }
  if (reading.kind === 'range') return rangeRows(reading.lead, time, limit);
  const { column, operators } = reading.lead;
  const { atLeast, atMost, greater } = operators;
  const values = valueArray(reading);
  return sql`SELECT led.* FROM unnest(${values}) AS wanted (value), LATERAL (
      SELECT * FROM ${auditLogs} WHERE ${column} ${atLeast} wanted.value AND ${column} ${atMost} wanted.value
        AND ${time.exact}
      ORDER BY ${column} USING ${greater}, ${createdAt} DESC, ${id} DESC LIMIT ${limit}) AS led
    ORDER BY led.created_at DESC, led.id DESC LIMIT ${limit}`;
}

/** The time of the entry after the newest `depth` of a value: how far back they reach. Null when there are no more. */
export function reachOf(reading: Reading & { kind: 'value' }, time: SearchedTime, depth: number): SQL {
  const { column, operators } = reading.lead;
  const { atLeast, atMost, greater } = operators;
  const values = valueArray(reading);
  return sql`SELECT led.created_at FROM unnest(${values}) AS wanted (value), LATERAL (
      SELECT ${createdAt} FROM ${auditLogs}
      WHERE ${column} ${atLeast} wanted.value AND ${column} ${atMost} wanted.value
        AND ${time.withTies}
      ORDER BY ${column} USING ${greater}, ${createdAt} DESC LIMIT ${depth + 1}) AS led
    ORDER BY led.created_at DESC OFFSET ${depth} LIMIT 1`;
}

/** How many entries of the time a range has, counted to one more than are ever read. */
export function rangeCount(lead: RangeLead, time: SearchedTime): SQL {
  return sql`SELECT count(*)::int AS count FROM (${rangeEntries(lead, time.withTies)}) AS entries`;
}

/** The values of an index that a condition finds: one step down the index for each. Undefined: too many. */
export async function valuesOf(
  tx: Transaction,
  { column, of, operators }: ValueLead,
): Promise<(string | number)[] | undefined> {
  if ('value' in of) return [of.value];
  const { less, greater } = operators;
  const next = sql`ORDER BY ${column} USING ${less} LIMIT 1`;
  const { rows } = await tx.execute<{ value: string | number }>(sql`
    WITH RECURSIVE found (value) AS (
      (SELECT ${column} FROM ${auditLogs} WHERE ${of.condition} ${next})
      UNION ALL
      SELECT (SELECT ${column} FROM ${auditLogs} WHERE ${of.condition} AND ${column} ${greater} found.value ${next})
      FROM found WHERE found.value IS NOT NULL)
    SELECT value FROM found WHERE value IS NOT NULL LIMIT ${valuesMax}`);
  return rows.length < valuesMax ? rows.map(({ value }) => value) : undefined;
}

function rangeRows(lead: RangeLead, time: SearchedTime, limit: number): SQL {
  const { column, condition, operators } = lead;
  // Of the moment where the page before ended rows may be left: they come besides the newest that are older.
  const oldest = sql`SELECT coalesce(min(created_at), '-infinity') FROM (
    SELECT created_at FROM (${rangeEntries(lead, time.withoutTies)}) AS entries
    ORDER BY created_at DESC LIMIT ${limit}) AS newest`;
  return sql`SELECT * FROM (
      SELECT * FROM ${auditLogs} WHERE ${condition} AND ${time.exact} AND ${createdAt} >= (${oldest})
      ORDER BY ${column} USING ${operators.less} LIMIT ${rangeEntriesMax + 1}) AS led
    ORDER BY created_at DESC, id DESC LIMIT ${limit}`;
}

function valueArray({ lead, values }: Reading & { kind: 'value' }): SQL {
  const array = sql.param(values);
  const type = lead.column.getSQLType();
  if (type === 'integer') return sql`${array}::integer[]`;
  return type === 'inet' ? sql`${array}::inet[]` : sql`${array}::text[]`;
}

/** Times out of the index alone. */
function rangeEntries({ column, condition, operators }: RangeLead, time: SQL): SQL {
  return sql`SELECT ${createdAt} FROM ${auditLogs} WHERE ${condition} AND ${time}
    ORDER BY ${column} USING ${operators.less} LIMIT ${rangeEntriesMax + 1}`;
}
