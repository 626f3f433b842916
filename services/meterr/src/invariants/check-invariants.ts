import type { Environment } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { checkBudgets } from './check-budgets.ts';
import { checkSums } from './check-sums.ts';

/** A figure that is not what the events say. */
export interface Finding {
  readonly what: 'usage_by_day' | 'usage_by_quarter' | 'usage_by_tag' | 'usage_by_team' | 'spent' | 'held';
  /** Whose, and which row. */
  readonly place: string;
  readonly expected: string;
  readonly found: string;
}

export interface InvariantReport {
  readonly accounts: number;
  readonly events: number;
  readonly budgetPeriods: number;
  /** How many there are. */
  readonly findings: number;
  /** The first hundred of them. */
  readonly examples: readonly Finding[];
}

const examplesMax = 100;

/**
 * Counts everything once more from the events: each sum by day, quarter hour, tag and team, each budget and each hold (T3,
 * T5). Account by account in a snapshot of its own, so that it runs beside bookings.
 */
export async function checkInvariants(database: Database): Promise<InvariantReport> {
  const examples: Finding[] = [];
  let findings = 0;
  const add = (found: readonly Finding[]) => {
    findings += found.length;
    examples.push(...found.slice(0, examplesMax - examples.length));
  };
  let accounts = 0;
  let events = 0;
  for (const account of await listAccounts(database)) {
    const checked = await inSnapshot(database, (tx) => checkSums(tx, account));
    accounts += 1;
    events += checked.events;
    add(checked.findings);
  }
  const budgets = await inSnapshot(database, checkBudgets);
  add(budgets.findings);
  return { accounts, events, budgetPeriods: budgets.periods, findings, examples };
}

function inSnapshot<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return database.orm.transaction(work, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}

/** Whoever has events or sums. The events' index is walked from one account to the next. */
async function listAccounts(database: Database): Promise<Account[]> {
  const { rows } = await database.orm.execute<{ user_id: string; environment: Environment }>(sql`
    WITH RECURSIVE found AS (
      (SELECT user_id, environment FROM usage_events ORDER BY user_id, environment LIMIT 1)
      UNION ALL
      SELECT next.user_id, next.environment FROM found, LATERAL (
        SELECT user_id, environment FROM usage_events
        WHERE (user_id, environment) > (found.user_id, found.environment)
        ORDER BY user_id, environment LIMIT 1) AS next)
    SELECT user_id, environment FROM found
    UNION SELECT user_id, environment FROM usage_by_day
    UNION SELECT user_id, environment FROM usage_by_quarter
    UNION SELECT user_id, environment FROM usage_by_tag
    UNION SELECT user_id, environment FROM usage_by_team JOIN teams ON teams.id = team_id
    ORDER BY user_id, environment`);
  return rows.map((row) => ({ userId: row.user_id, environment: row.environment }));
}
