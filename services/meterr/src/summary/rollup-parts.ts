import { type SQL, sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import type { Split, SummaryRange } from './read-rollups.ts';

const sums = sql`events, unpriced_events, tokens, cost`;

const columns: Readonly<Record<Exclude<Split, 'tag'>, SQL>> = {
  model: sql`model`,
  provider: sql`provider`,
  key: sql`key_id`,
  user: sql`user_id`,
};

/** From the sums of UTC days. */
export function dayParts(owner: Account, range: SummaryRange): SQL {
  return sql`
    SELECT date_trunc(${range.groupBy}::text, day::timestamp) AS period, ${partOf(range)} AS part, ${sums}
    FROM usage_by_day
    WHERE ${isOf(owner)} AND day BETWEEN ${range.startDate}::date AND ${range.endDate}::date${only(range)}`;
}

/** From the sums of quarter hours, in any zone. */
export function quarterParts(owner: Account, range: SummaryRange): SQL {
  return sql`
    SELECT ${periodOf(range)} AS period, ${partOf(range)} AS part, ${sums}
    FROM usage_by_quarter WHERE ${isOf(owner)} AND ${within(range)}${only(range)}`;
}

/** By the values of a tag. What is without it is what remains of all, so the parts always add up to the whole. */
export function tagParts(owner: Account, range: SummaryRange, tag: string): SQL {
  const tagged = (part: SQL, figures: SQL) => sql`
    SELECT ${periodOf(range)} AS period, ${part} AS part, ${figures}
    FROM usage_by_tag WHERE ${isOf(owner)} AND tag = ${tag} AND ${within(range)}${only(range)}`;
  return sql`${tagged(sql`value`, sums)}
    UNION ALL ${tagged(sql`NULL`, sql`-events, -unpriced_events, -tokens, -cost`)}
    UNION ALL SELECT ${periodOf(range)}, NULL, ${sums}
    FROM usage_by_quarter WHERE ${isOf(owner)} AND ${within(range)}${only(range)}`;
}

/** Of all who were in the team when their events were booked. */
export function teamParts(teamId: string, range: SummaryRange): SQL {
  return sql`
    SELECT ${periodOf(range)} AS period, ${partOf(range)} AS part, ${sums}
    FROM usage_by_team WHERE team_id = ${teamId}::uuid AND ${within(range)}${only(range)}`;
}

function partOf({ by }: SummaryRange): SQL {
  return by === 'tag' ? columns.model : columns[by];
}

function isOf({ userId, environment }: Account): SQL {
  return sql`user_id = ${userId} AND environment = ${environment}`;
}

function periodOf({ groupBy, timeZone }: SummaryRange): SQL {
  return sql`date_trunc(${groupBy}::text, quarter AT TIME ZONE ${timeZone}::text)`;
}

function within({ startDate, endDate, timeZone }: SummaryRange): SQL {
  const zone = sql`${timeZone}::text`;
  return sql`quarter >= ${startDate}::date::timestamp AT TIME ZONE ${zone}
    AND quarter < (${endDate}::date + 1)::timestamp AT TIME ZONE ${zone}`;
}

function only({ provider, model }: SummaryRange): SQL {
  const byProvider = provider === undefined ? sql`` : sql` AND provider = ${provider}`;
  const byModel = model === undefined ? sql`` : sql` AND model = ${model}`;
  return sql`${byProvider}${byModel}`;
}
