import type { KeyCaller } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';
import { moneyText } from '../money.ts';
import { dayOf, type EventSum, quarterOf, type Summable, sumEvents } from './sum-events.ts';

/** Adds events to the sums of their own day and quarter hour, however late they are (T3). */
export async function addToRollups(
  tx: Transaction,
  owner: KeyCaller,
  events: readonly Summable[],
): Promise<void> {
  if (events.length === 0) return;
  await upsert(tx, owner, events, dayTable);
  await upsert(tx, owner, events, quarterTable);
}

interface Rollup {
  readonly table: SQL;
  readonly column: SQL;
  readonly type: SQL;
  readonly start: (ms: number) => string;
}

const dayTable: Rollup = {
  table: sql.raw('usage_by_day'),
  column: sql.raw('day'),
  type: sql.raw('date'),
  start: dayOf,
};

const quarterTable: Rollup = {
  table: sql.raw('usage_by_quarter'),
  column: sql.raw('quarter'),
  type: sql.raw('timestamptz'),
  start: quarterOf,
};

async function upsert(
  tx: Transaction,
  owner: KeyCaller,
  events: readonly Summable[],
  { table, column, type, start }: Rollup,
): Promise<void> {
  const sums = sumEvents(events, ({ occurredAtMs, provider, model }) => [
    [start(occurredAtMs), provider, model] as const,
  ]);
  const array = (value: (sum: EventSum<readonly [string, string, string]>) => unknown) =>
    sql.param(sums.map(value));
  await tx.execute(sql`
    INSERT INTO ${table} AS held
      (user_id, environment, ${column}, provider, model, key_id, events, unpriced_events, tokens, cost)
    SELECT ${owner.userId}::text, ${owner.environment}::text, start, provider, model, ${owner.keyId}::text,
      events, unpriced_events, tokens, cost
    FROM unnest(
      ${array(({ place }) => place[0])}::${type}[],
      ${array(({ place }) => place[1])}::text[],
      ${array(({ place }) => place[2])}::text[],
      ${array((sum) => sum.events)}::bigint[],
      ${array((sum) => sum.unpricedEvents)}::bigint[],
      ${array((sum) => sum.tokens.toString())}::numeric[],
      ${array((sum) => moneyText(sum.cost))}::numeric[]
    ) AS added (start, provider, model, events, unpriced_events, tokens, cost)
    ON CONFLICT (user_id, environment, ${column}, provider, model, key_id) DO UPDATE SET
      events = held.events + excluded.events,
      unpriced_events = held.unpriced_events + excluded.unpriced_events,
      tokens = held.tokens + excluded.tokens,
      cost = held.cost + excluded.cost`);
}
