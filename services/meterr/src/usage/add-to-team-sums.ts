import type { KeyCaller } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { moneyText } from '../money.ts';
import { type EventSum, quarterOf, type Summable, sumEvents } from './sum-events.ts';

type Place = readonly [team: string, quarter: string, provider: string, model: string];

/** Adds events to the sums of the teams that their caller is in (T7). */
export async function addToTeamSums(
  tx: Transaction,
  owner: Pick<KeyCaller, 'userId'>,
  teamIds: readonly string[],
  events: readonly Summable[],
): Promise<void> {
  const sums = sumEvents(events, ({ occurredAtMs, provider, model }) =>
    teamIds.map((team): Place => [team, quarterOf(occurredAtMs), provider, model]),
  );
  if (sums.length === 0) return;
  const array = (value: (sum: EventSum<Place>) => unknown) => sql.param(sums.map(value));
  await tx.execute(sql`
    INSERT INTO usage_by_team AS held
      (team_id, quarter, user_id, provider, model, events, unpriced_events, tokens, cost)
    SELECT team_id, quarter, ${owner.userId}::text, provider, model, events, unpriced_events, tokens, cost
    FROM unnest(
      ${array(({ place }) => place[0])}::uuid[],
      ${array(({ place }) => place[1])}::timestamptz[],
      ${array(({ place }) => place[2])}::text[],
      ${array(({ place }) => place[3])}::text[],
      ${array((sum) => sum.events)}::bigint[],
      ${array((sum) => sum.unpricedEvents)}::bigint[],
      ${array((sum) => sum.tokens.toString())}::numeric[],
      ${array((sum) => moneyText(sum.cost))}::numeric[]
    ) AS added (team_id, quarter, provider, model, events, unpriced_events, tokens, cost)
    ON CONFLICT (team_id, quarter, user_id, provider, model) DO UPDATE SET
      events = held.events + excluded.events,
      unpriced_events = held.unpriced_events + excluded.unpriced_events,
      tokens = held.tokens + excluded.tokens,
      cost = held.cost + excluded.cost`);
}
