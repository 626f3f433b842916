import type { Transaction } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';
import { type Money, money } from '../money.ts';
import type { ActiveBudget } from './active-budget.ts';
import { periodEnd } from './budget-period.ts';

type Counted = Pick<ActiveBudget, 'userId' | 'subject' | 'subjectId' | 'tagValue' | 'period'>;

/**
 * What a budget has come to in a period by the sums of usage: what its row has to say (T5). Only without bookings meanwhile
 * (`lockAccounts`, or one snapshot) are the two comparable.
 */
export async function countSpent(
  tx: Transaction,
  budget: Counted & { readonly environment: string },
  start: string,
): Promise<Money> {
  const end = periodEnd(budget.period, start);
  const { rows } = await tx.execute<{ spent: string }>(sql`
    SELECT coalesce(sum(cost), 0)::text AS spent FROM ${sumsOf(budget)}
      AND ${columnOf(budget)} >= ${start}::timestamp AT TIME ZONE 'UTC'
      AND ${columnOf(budget)} < ${end ?? 'infinity'}::timestamp AT TIME ZONE 'UTC'`);
  return money(rows[0]?.spent ?? '0');
}

function sumsOf({
  userId,
  environment,
  subject,
  subjectId,
  tagValue,
}: Counted & { environment: string }): SQL {
  const mine = sql`user_id = ${userId} AND environment = ${environment}`;
  if (subject === 'team') return sql`usage_by_team WHERE team_id = ${subjectId}::uuid`;
  if (subject === 'tag')
    return sql`usage_by_tag WHERE ${mine} AND tag = ${subjectId} AND value = ${tagValue}`;
  if (subject === 'key') return sql`usage_by_day WHERE ${mine} AND key_id = ${subjectId}`;
  return sql`usage_by_day WHERE ${mine}`;
}

/** Days are compared as moments of UTC too: a cast that the session's zone decides would not do. */
function columnOf({ subject }: Counted): SQL {
  return subject === 'team' || subject === 'tag' ? sql`quarter` : sql`day::timestamp AT TIME ZONE 'UTC'`;
}
