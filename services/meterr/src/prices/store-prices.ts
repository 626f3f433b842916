import type { Transaction } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { moneyText } from '../money.ts';
import type { RepricedEvent } from './reprice.ts';

/** Writes prices that have become known onto events, and into every sum that the events are part of. */
export async function storePrices(
  tx: Transaction,
  { userId, environment }: Account,
  events: readonly RepricedEvent[],
): Promise<void> {
  const array = (value: (event: RepricedEvent) => unknown) => sql.param(events.map(value));
  await tx.execute(sql`
    UPDATE usage_events AS event SET cost = known.cost, price_id = known.price_id, priced = known.priced
    FROM unnest(
      ${array(({ id }) => id)}::uuid[],
      ${array(({ cost }) => cost && moneyText(cost))}::numeric[],
      ${array(({ priceId }) => priceId)}::uuid[],
      ${array(({ priced }) => priced)}::text[]
    ) AS known (id, cost, price_id, priced)
    WHERE event.id = known.id AND event.cost IS NULL`);
  const changed = sql`(SELECT * FROM usage_events WHERE id = ANY(${array(({ id }) => id)}::uuid[])) AS changed`;
  const held = sql`held.user_id = ${userId} AND held.environment = ${environment}
    AND held.provider = part.provider AND held.model = part.model`;
  await tx.execute(sql`
    UPDATE usage_by_day AS held SET ${better} FROM (
      SELECT (occurred_at AT TIME ZONE 'UTC')::date AS day, key_id, ${sums} FROM ${changed} GROUP BY 1, 2, 3, 4
    ) AS part WHERE ${held} AND held.day = part.day AND held.key_id = part.key_id`);
  await tx.execute(sql`
    UPDATE usage_by_quarter AS held SET ${better} FROM (
      SELECT ${quarter}, key_id, ${sums} FROM ${changed} GROUP BY 1, 2, 3, 4
    ) AS part WHERE ${held} AND held.quarter = part.quarter AND held.key_id = part.key_id`);
  await tx.execute(sql`
    UPDATE usage_by_tag AS held SET ${better} FROM (
      SELECT ${quarter}, key AS tag, value, ${sums}
      FROM ${changed}, jsonb_each_text(coalesce(tags, '{}')) GROUP BY 1, 2, 3, 4, 5
    ) AS part WHERE ${held} AND held.quarter = part.quarter AND held.tag = part.tag AND held.value = part.value`);
  await tx.execute(sql`
    UPDATE usage_by_team AS held SET ${better} FROM (
      SELECT ${quarter}, team_id, ${sums} FROM ${changed}, unnest(team_ids) AS team_id GROUP BY 1, 2, 3, 4
    ) AS part WHERE held.team_id = part.team_id AND held.user_id = ${userId} AND held.quarter = part.quarter
      AND held.provider = part.provider AND held.model = part.model`);
}

const quarter = sql`date_bin('15 minutes', occurred_at, '1970-01-01Z'::timestamptz) AS quarter`;

const sums = sql`provider, model, count(*) AS events, sum(cost) AS cost`;

const better: SQL = sql`unpriced_events = held.unpriced_events - part.events, cost = held.cost + part.cost`;
