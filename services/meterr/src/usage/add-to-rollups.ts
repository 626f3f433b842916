import type { KeyCaller } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';
import { type Money, moneyText, noMoney } from '../money.ts';
import type { PreparedEvent } from './prepare-event.ts';

const dayMs = 86_400_000;
const quarterMs = 15 * 60_000;

interface Sum {
  readonly sortKey: string;
  readonly startMs: number;
  readonly provider: string;
  readonly model: string;
  events: number;
  unpricedEvents: number;
  tokens: bigint;
  cost: Money;
}

/** Adds events to the sums of their own day and quarter hour, however late they are (T3). */
export async function addToRollups(
  tx: Transaction,
  owner: KeyCaller,
  events: readonly PreparedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await upsert(tx, owner, sumBy(events, dayMs), dayTable);
  await upsert(tx, owner, sumBy(events, quarterMs), quarterTable);
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
  start: (ms) => new Date(ms).toISOString().slice(0, 10),
};

const quarterTable: Rollup = {
  table: sql.raw('usage_by_quarter'),
  column: sql.raw('quarter'),
  type: sql.raw('timestamptz'),
  start: (ms) => new Date(ms).toISOString(),
};

/** Sorted, so that concurrent transactions lock the rows of one owner in one order. */
function sumBy(events: readonly PreparedEvent[], periodMs: number): Sum[] {
  const sums = new Map<string, Sum>();
  for (const { occurredAtMs, provider, model, totalTokens, cost } of events) {
    const startMs = Math.floor(occurredAtMs / periodMs) * periodMs;
    const sortKey = JSON.stringify([startMs, provider, model]);
    let sum = sums.get(sortKey);
    if (sum === undefined) {
      sum = { sortKey, startMs, provider, model, events: 0, unpricedEvents: 0, tokens: 0n, cost: noMoney };
      sums.set(sortKey, sum);
    }
    sum.events += 1;
    sum.tokens += BigInt(totalTokens);
    if (cost === null) sum.unpricedEvents += 1;
    else sum.cost = sum.cost.plus(cost);
  }
  return [...sums.values()].sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1));
}

async function upsert(
  tx: Transaction,
  owner: KeyCaller,
  sums: readonly Sum[],
  rollup: Rollup,
): Promise<void> {
  const { table, column, type, start } = rollup;
  const array = (value: (sum: Sum) => unknown) => sql.param(sums.map(value));
  await tx.execute(sql`
    INSERT INTO ${table} AS held
      (user_id, environment, ${column}, provider, model, key_id, events, unpriced_events, tokens, cost)
    SELECT ${owner.userId}::text, ${owner.environment}::text, start, provider, model, ${owner.keyId}::text,
      events, unpriced_events, tokens, cost
    FROM unnest(
      ${array((sum) => start(sum.startMs))}::${type}[],
      ${array((sum) => sum.provider)}::text[],
      ${array((sum) => sum.model)}::text[],
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
