import type { KeyCaller } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { moneyText } from '../money.ts';
import type { PreparedEvent } from './prepare-event.ts';
import { type EventSum, quarterOf, sumEvents } from './sum-events.ts';

type Place = readonly [tag: string, quarter: string, value: string, provider: string, model: string];

/** Adds events to the sums of each of their tags (T3). */
export async function addToTagSums(
  tx: Transaction,
  owner: Pick<KeyCaller, 'userId' | 'environment'>,
  events: readonly PreparedEvent[],
): Promise<void> {
  const sums = sumEvents(events, ({ tags, occurredAtMs, provider, model }) =>
    Object.entries(tags ?? {}).map(
      ([tag, value]): Place => [tag, quarterOf(occurredAtMs), value, provider, model],
    ),
  );
  if (sums.length === 0) return;
  const array = (value: (sum: EventSum<Place>) => unknown) => sql.param(sums.map(value));
  await tx.execute(sql`
    INSERT INTO usage_by_tag AS held
      (user_id, environment, tag, quarter, value, provider, model, events, unpriced_events, tokens, cost)
    SELECT ${owner.userId}::text, ${owner.environment}::text, added.*
    FROM unnest(
      ${array(({ place }) => place[0])}::text[],
      ${array(({ place }) => place[1])}::timestamptz[],
      ${array(({ place }) => place[2])}::text[],
      ${array(({ place }) => place[3])}::text[],
      ${array(({ place }) => place[4])}::text[],
      ${array((sum) => sum.events)}::bigint[],
      ${array((sum) => sum.unpricedEvents)}::bigint[],
      ${array((sum) => sum.tokens.toString())}::numeric[],
      ${array((sum) => moneyText(sum.cost))}::numeric[]
    ) AS added
    ON CONFLICT (user_id, environment, tag, quarter, value, provider, model) DO UPDATE SET
      events = held.events + excluded.events,
      unpriced_events = held.unpriced_events + excluded.unpriced_events,
      tokens = held.tokens + excluded.tokens,
      cost = held.cost + excluded.cost`);
}
