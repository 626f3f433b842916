import type { Environment } from '@keyward/guard';
import { fixedStatement, type StatementToRun, type Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';

/** Whose usage: a person in one environment (K5). */
export interface Account {
  readonly userId: string;
  readonly environment: Environment;
}

const lockClass = 0x6d657472; // "metr"

/**
 * Taken first by whatever books usage, until its transaction ends: many do so at once, and none while somebody changes
 * which teams and budgets count, who owns the events, or what they cost (`lockAccounts`).
 */
export function shareAccount(account: Account): StatementToRun {
  return { statement: share, values: [nameOf(account)] };
}

const share = fixedStatement(`SELECT pg_advisory_xact_lock_shared(${lockClass}, hashtext($1::text))`);

/** Keeps bookings of these accounts out until the transaction ends. Taken first, in one order over all callers. */
export async function lockAccounts(tx: Transaction, accounts: readonly Account[]): Promise<void> {
  const names = accounts.map(nameOf);
  await tx.execute(sql`
    SELECT pg_advisory_xact_lock(${lockClass}, number)
    FROM (SELECT DISTINCT hashtext(name) AS number FROM unnest(${sql.param(names)}::text[]) AS name ORDER BY number) AS ordered`);
}

const nameOf = ({ userId, environment }: Account) => `${environment} ${userId}`;
