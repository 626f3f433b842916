import type { Counts, DataHandedOver, Environment } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, count, eq, isNull } from 'drizzle-orm';
import { lockAccounts } from '../accounts/lock-account.ts';
import { budgets, teamMembers } from '../database/budget-tables.ts';
import { tokens, usageEvents } from '../database/schema.ts';
import { providerAccounts } from '../providers/schema.ts';
import { moveBudgetsOf } from './move-budgets-of.ts';
import { moveTeams } from './move-teams.ts';
import { moveUsage } from './move-usage.ts';
import { moveWholeSums } from './move-whole-sums.ts';

/** What a person owns here (K10). */
export async function owned(tx: Transaction, userId: string): Promise<Counts> {
  const [counts] = await tx.select({ count: count() }).from(tokens).where(eq(tokens.userId, userId));
  const [events] = await tx
    .select({ count: count() })
    .from(usageEvents)
    .where(eq(usageEvents.userId, userId));
  const [limits] = await tx
    .select({ count: count() })
    .from(budgets)
    .where(and(eq(budgets.userId, userId), isNull(budgets.removedAt)));
  const [memberships] = await tx
    .select({ count: count() })
    .from(teamMembers)
    .where(eq(teamMembers.userId, userId));
  const [accounts] = await tx
    .select({ count: count() })
    .from(providerAccounts)
    .where(eq(providerAccounts.userId, userId));
  return {
    token_counts: counts?.count ?? 0,
    usage_events: events?.count ?? 0,
    budgets: limits?.count ?? 0,
    team_memberships: memberships?.count ?? 0,
    provider_accounts: accounts?.count ?? 0,
  };
}

/**
 * Makes one person's token counts, usage, budgets, places in teams and provider accounts another's. Whose keys call on is
 * then the other's; of two accounts of one provider the newest is used, and both stay.
 */
export async function handOver(tx: Transaction, from: string, to: string): Promise<DataHandedOver> {
  const environments: readonly Environment[] = ['live', 'test'];
  await lockAccounts(
    tx,
    environments.flatMap((environment) => [from, to].map((userId) => ({ userId, environment }))),
  );
  const moved = await tx.update(tokens).set({ userId: to }).where(eq(tokens.userId, from));
  const usage = await moveUsage(tx, from, to);
  await moveWholeSums(tx, from, to);
  const team_memberships = await moveTeams(tx, from, to);
  const limits = await moveBudgetsOf(tx, from, to);
  const accounts = await tx
    .update(providerAccounts)
    .set({ userId: to })
    .where(eq(providerAccounts.userId, from));
  return {
    counts: {
      token_counts: moved.rowCount ?? 0,
      ...usage,
      budgets: limits,
      team_memberships,
      provider_accounts: accounts.rowCount ?? 0,
    },
  };
}
