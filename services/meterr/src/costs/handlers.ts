import { type Handlers, isProblem, json, refuse } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { formatMoney, type Money, money } from '../money.ts';
import type { SummaryDeps } from '../summary/handlers.ts';
import { daysBefore, groupings, readRange, unknownZone } from '../summary/read-range.ts';
import { readRollups, type Split } from '../summary/read-rollups.ts';
import { maySeeTeam } from '../teams/may-see-team.ts';
import type { costsContract } from './contract.ts';
import { costsAnswer } from './costs-answer.ts';
import { basisDaysMax, type DayCost, forecastMonth } from './forecast.ts';

type Grouping = (typeof groupings)[number];
const isGrouping = (group: Grouping | Split): group is Grouping => groupings.some((one) => one === group);

export function costsHandlers({ database, clock }: SummaryDeps): Handlers<typeof costsContract> {
  return {
    async costs({ query }, { caller }) {
      const group = query.group_by;
      const how = isGrouping(group)
        ? ({ by: 'model', groupBy: group } as const)
        : ({ by: group, groupBy: 'month' } as const);
      const range = readRange(query, how, clock);
      if (isProblem(range)) return range;
      if (range.teamId !== undefined && !(await maySeeTeam(database, caller, range.teamId)))
        return refuse('not_found');
      const rows = await readRollups(database, caller, range);
      if (rows === undefined) return unknownZone;
      const groupOf = isGrouping(group) ? 'date' : 'part';
      return json(200, costsAnswer(range, rows, { groupOf, decimals: query.decimals }));
    },

    async forecastCosts({ query }, { caller }) {
      const today = new Date(clock.now()).toISOString().slice(0, 10);
      const { days, firstDay, unpricedEvents } = await readDays(database, caller, today);
      const found = forecastMonth(days, firstDay, today);
      const shown = (value: Money | null) => value && formatMoney(value, query.decimals);
      return json(200, {
        month: found.month,
        cost_to_date: shown(found.costToDate),
        forecast: shown(found.forecast),
        low: shown(found.low),
        high: shown(found.high),
        basis: {
          method: 'mean_of_days',
          start_date: found.basis.startDate,
          end_date: found.basis.endDate,
          days: found.basis.days,
          mean_per_day: shown(found.basis.meanPerDay),
        },
        unpriced_events: unpricedEvents,
      });
    },
  };
}

interface Row extends Record<string, unknown> {
  day: string;
  cost: string;
  unpriced: number;
  first_day: string;
}

/** The days of this month and of the basis, and when usage began. */
async function readDays(database: Database, { userId, environment }: Account, today: string) {
  const month = `${today.slice(0, 7)}-01`;
  const basis = daysBefore(today, basisDaysMax);
  const { rows } = await database.orm.execute<Row>(sql`
    SELECT day::text AS day, sum(cost)::text AS cost,
      (sum(unpriced_events) FILTER (WHERE day >= ${month}::date))::int AS unpriced,
      (SELECT min(day)::text FROM usage_by_day WHERE user_id = ${userId} AND environment = ${environment}) AS first_day
    FROM usage_by_day
    WHERE user_id = ${userId} AND environment = ${environment}
      AND day BETWEEN least(${month}::date, ${basis}::date) AND ${today}::date
    GROUP BY day`);
  return {
    days: rows.map((row): DayCost => ({ day: row.day, cost: money(row.cost) })),
    firstDay: rows[0]?.first_day ?? null,
    unpricedEvents: rows.reduce((sum, row) => sum + (row.unpriced ?? 0), 0),
  };
}
