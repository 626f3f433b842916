import type { budgetPeriods, budgetSubjects } from '../database/budget-tables.ts';
import { type Money, money } from '../money.ts';

export type BudgetSubject = (typeof budgetSubjects)[number];
export type BudgetPeriod = (typeof budgetPeriods)[number];

/** What booking and holding need to know of a budget. */
export interface ActiveBudget {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly subject: BudgetSubject;
  /** Id of the user, key or team, or the name of the tag. */
  readonly subjectId: string;
  readonly tagValue: string | null;
  readonly period: BudgetPeriod;
  /** The first day that counts, UTC. */
  readonly since: string;
  readonly limit: Money;
  readonly isHard: boolean;
  readonly webhookUrl: string | null;
}

/** A row as PostgreSQL answers it, money as text. */
export interface BudgetRow extends Record<string, unknown> {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly subject: BudgetSubject;
  readonly subject_id: string;
  readonly tag_value: string | null;
  readonly period: BudgetPeriod;
  readonly since: string;
  readonly limit_cost: string;
  readonly is_hard: boolean;
  readonly webhook_url: string | null;
}

export function readBudgetRow(row: BudgetRow): ActiveBudget {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    subject: row.subject,
    subjectId: row.subject_id,
    tagValue: row.tag_value,
    period: row.period,
    since: row.since,
    limit: money(row.limit_cost),
    isHard: row.is_hard,
    webhookUrl: row.webhook_url,
  };
}

/** Where an event belongs: what decides which budgets it counts for. */
export interface Belonging {
  readonly userId: string;
  readonly keyId: string;
  readonly teamIds: readonly string[];
  readonly tags: Readonly<Record<string, string>> | null;
}

/** Whether an event counts for the budget. Those of teams count everybody's events, all others their owner's. */
export function concerns(budget: ActiveBudget, event: Belonging): boolean {
  if (budget.subject === 'team') return event.teamIds.includes(budget.subjectId);
  if (budget.userId !== event.userId) return false;
  if (budget.subject === 'user') return true;
  if (budget.subject === 'key') return budget.subjectId === event.keyId;
  const { tags } = event;
  return tags !== null && Object.hasOwn(tags, budget.subjectId) && tags[budget.subjectId] === budget.tagValue;
}
