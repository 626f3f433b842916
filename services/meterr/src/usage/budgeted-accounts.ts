import type { Database } from '@keyward/guard/database';
import type { Account } from '../accounts/lock-account.ts';

const rememberedMax = 10_000;

/**
 * Accounts that had budgets when they were last looked at. Only a guess at which way of booking is the shorter one: each
 * of them looks again.
 */
export interface BudgetedAccounts {
  has(account: Account): boolean;
  note(account: Account, hasBudgets: boolean): void;
}

const byDatabase = new WeakMap<Database, BudgetedAccounts>();

export function accountsWithBudgets(database: Database): BudgetedAccounts {
  const known = byDatabase.get(database) ?? remember();
  byDatabase.set(database, known);
  return known;
}

function remember(): BudgetedAccounts {
  const names = new Set<string>();
  const nameOf = ({ environment, userId }: Account): string => `${environment} ${userId}`;
  return {
    has: (account) => names.has(nameOf(account)),
    note(account, hasBudgets) {
      const name = nameOf(account);
      if (!hasBudgets) names.delete(name);
      else if (names.size < rememberedMax) names.add(name);
    },
  };
}
