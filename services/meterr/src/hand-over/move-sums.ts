import type { Environment } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';

/** Events that have the new owner already, and whose sums are to follow them. */
interface Moved {
  readonly from: string;
  readonly to: string;
  readonly environment: Environment;
  readonly ids: readonly string[];
}

/**
 * Moves what events are of the sums by day and quarter hour. It is reckoned from the events, and the sums are not moved as they
 * stand: should anything be booked at the same moment, it stays with its sums where it is.
 */
export async function moveSums(tx: Transaction, { from, to, environment, ids }: Moved): Promise<void> {
  await lockSums(tx, from);
  await tx.execute(sql`
    WITH moved AS (SELECT * FROM usage_events WHERE id = ANY(${sql.param(ids)}::uuid[])),
    days AS (
      SELECT (occurred_at AT TIME ZONE 'UTC')::date AS start, ${sums} FROM moved GROUP BY 1, 2, 3, 4),
    quarters AS (
      SELECT date_bin('15 minutes', occurred_at, '1970-01-01Z'::timestamptz) AS start, ${sums}
      FROM moved GROUP BY 1, 2, 3, 4),
    days_less AS (
      UPDATE usage_by_day AS held SET ${less} FROM days AS part
      WHERE held.day = part.start AND ${isHeld(from, environment)}),
    quarters_less AS (
      UPDATE usage_by_quarter AS held SET ${less} FROM quarters AS part
      WHERE held.quarter = part.start AND ${isHeld(from, environment)}),
    days_more AS (
      INSERT INTO usage_by_day AS held (user_id, environment, day, ${summed})
      SELECT ${to}::text, ${environment}::text, start, ${summed} FROM days ORDER BY start, provider, model, key_id
      ON CONFLICT (user_id, environment, day, provider, model, key_id) DO UPDATE SET ${more})
    INSERT INTO usage_by_quarter AS held (user_id, environment, quarter, ${summed})
    SELECT ${to}::text, ${environment}::text, start, ${summed} FROM quarters ORDER BY start, provider, model, key_id
    ON CONFLICT (user_id, environment, quarter, provider, model, key_id) DO UPDATE SET ${more}`);
}

/**
 * Locks the old owner's sums as booking does: after the events, days before quarters, in one order. So neither waits for the
 * other in a circle.
 */
async function lockSums(tx: Transaction, userId: string): Promise<void> {
  await tx.execute(sql`SELECT count(*) FROM (
    SELECT FROM usage_by_day WHERE user_id = ${userId}
    ORDER BY environment, key_id, day, provider, model FOR UPDATE) AS locked`);
  await tx.execute(sql`SELECT count(*) FROM (
    SELECT FROM usage_by_quarter WHERE user_id = ${userId}
    ORDER BY environment, key_id, quarter, provider, model FOR UPDATE) AS locked`);
}

const summed = sql`provider, model, key_id, events, unpriced_events, tokens, cost`;

const sums = sql`provider, model, key_id, count(*) AS events, count(*) FILTER (WHERE cost IS NULL) AS unpriced_events,
  sum(total_tokens) AS tokens, coalesce(sum(cost), 0) AS cost`;

const less = sql`events = held.events - part.events, unpriced_events = held.unpriced_events - part.unpriced_events,
  tokens = held.tokens - part.tokens, cost = held.cost - part.cost`;

const more = sql`events = held.events + excluded.events,
  unpriced_events = held.unpriced_events + excluded.unpriced_events,
  tokens = held.tokens + excluded.tokens, cost = held.cost + excluded.cost`;

const isHeld = (userId: string, environment: Environment): SQL => sql`held.user_id = ${userId}
  AND held.environment = ${environment} AND held.provider = part.provider AND held.model = part.model
  AND held.key_id = part.key_id`;
