import type { KeyCaller } from '@keyward/guard';
import { fixedStatement, type Row, type StatementToRun } from '@keyward/guard/database';
import { budgetsOfAccount, teamsOfAccount } from '../accounts/read-dimensions.ts';
import { eventArrays, eventColumns } from './event-columns.ts';
import type { PreparedEvent } from './prepare-event.ts';

export interface Booking {
  readonly owner: KeyCaller;
  /** Sorted by event id: all transactions lock in one order, so that none waits in a circle. */
  readonly events: readonly PreparedEvent[];
  readonly nowMs: number;
  /** Books nothing when a budget may be concerned, which this statement does not move. */
  readonly onlyWithoutBudgets: boolean;
}

/**
 * Inserts the events whose id is new and adds them to the sums of their own day and quarter hour, however late they are, by
 * key, tag and team (T3, T7); models that came without a price are noted, so that operators hear of each once (T4). In one
 * statement, since every further one costs its way there and back, and a plan.
 */
export function bookEvents({ owner, events, nowMs, onlyWithoutBudgets }: Booking): StatementToRun {
  const { userId, environment, keyId } = owner;
  const about = [userId, environment, keyId, new Date(nowMs).toISOString(), String(onlyWithoutBudgets)];
  return { statement: booking, values: [...about, ...eventArrays(events)] };
}

export interface Booked {
  readonly hasBudgets: boolean;
  /** Of the events that were new. */
  readonly ids: ReadonlySet<string>;
}

export function bookedIn([row]: readonly Row[]): Booked {
  const [hasBudgets, ids] = row ?? [];
  return { hasBudgets: hasBudgets !== 'f', ids: new Set(ids ? ids.split(',') : []) };
}

const names = eventColumns.map(({ name }) => name).join(', ');
const firstArray = 6;
// JSON travels as text: its own quotes are then quoted once.
const sentType = (type: string): string => (type === 'jsonb' ? 'text' : type);
const arrays = eventColumns.map(({ type }, at) => `$${firstArray + at}::${sentType(type)}[]`).join(', ');
const selected = eventColumns
  .map(({ name, type }) => (type === 'jsonb' ? `${name}::jsonb` : name))
  .join(', ');

const quarter = `date_bin('15 minutes', occurred_at, '1970-01-01T00:00:00Z'::timestamptz)`;
const ofEvents = `count(*) AS events, count(*) FILTER (WHERE cost IS NULL) AS unpriced_events,
  sum(total_tokens) AS tokens, coalesce(sum(cost), 0) AS cost`;
const added = `events = held.events + excluded.events,
  unpriced_events = held.unpriced_events + excluded.unpriced_events,
  tokens = held.tokens + excluded.tokens, cost = held.cost + excluded.cost`;
const model = 'provider COLLATE "C", model COLLATE "C"';

/** Adds to the rows of a table of sums, always in one order. */
const addTo = (table: string, key: string, select: string): string => `
  INSERT INTO ${table} AS held (${key}, events, unpriced_events, tokens, cost)
  ${select} ON CONFLICT (${key}) DO UPDATE SET ${added}`;

const booking = fixedStatement(`
  WITH team AS MATERIALIZED (${teamsOfAccount}),
  budget AS MATERIALIZED (SELECT EXISTS (${budgetsOfAccount('team')}) AS is_there),
  added AS (
    INSERT INTO usage_events (user_id, environment, key_id, created_at, team_ids, ${names})
    SELECT $1::text, $2::text, $3::text, $4::timestamptz, ARRAY(SELECT team_id FROM team ORDER BY team_id), ${selected}
    FROM unnest(${arrays}) AS sent (${names})
    WHERE NOT ($5::boolean AND (SELECT is_there FROM budget))
    ON CONFLICT (user_id, environment, event_id) DO NOTHING
    RETURNING id, occurred_at, provider, model, total_tokens, cost, tags),
  quarter AS MATERIALIZED (
    SELECT ${quarter} AS quarter, provider, model, ${ofEvents} FROM added GROUP BY 1, 2, 3),
  by_day AS (${addTo(
    'usage_by_day',
    'user_id, environment, day, provider, model, key_id',
    `SELECT $1::text, $2::text, (quarter AT TIME ZONE 'UTC')::date AS day, provider, model, $3::text,
      sum(events), sum(unpriced_events), sum(tokens), sum(cost)
    FROM quarter GROUP BY 3, provider, model ORDER BY day, ${model}`,
  )}),
  by_quarter AS (${addTo(
    'usage_by_quarter',
    'user_id, environment, quarter, provider, model, key_id',
    `SELECT $1::text, $2::text, quarter, provider, model, $3::text, events, unpriced_events, tokens, cost
    FROM quarter ORDER BY quarter, ${model}`,
  )}),
  by_tag AS (${addTo(
    'usage_by_tag',
    'user_id, environment, tag, quarter, value, provider, model',
    `SELECT $1::text, $2::text, tag, ${quarter} AS quarter, value, provider, model, ${ofEvents}
    FROM added, jsonb_each_text(tags) AS tagged (tag, value)
    GROUP BY 3, 4, 5, 6, 7 ORDER BY tag COLLATE "C", quarter, value COLLATE "C", ${model}`,
  )}),
  by_team AS (${addTo(
    'usage_by_team',
    'team_id, quarter, user_id, provider, model',
    `SELECT team_id, quarter, $1::text, provider, model, events, unpriced_events, tokens, cost
    FROM quarter, team ORDER BY team_id, quarter, ${model}`,
  )}),
  unpriced AS (
    INSERT INTO unpriced_models (provider, model, first_seen_at)
    SELECT DISTINCT ${model}, $4::timestamptz FROM quarter WHERE unpriced_events > 0 ORDER BY 1, 2
    ON CONFLICT DO NOTHING)
  SELECT (SELECT is_there FROM budget), (SELECT string_agg(id::text, ',') FROM added)`);
