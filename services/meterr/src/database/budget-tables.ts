import { boolean, date, numeric, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Constraints and indexes are in the migrations; here is what queries need. */

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const dollars = (name: string) => numeric(name, { precision: 38, scale: 18 });
const environment = () => text('environment', { enum: ['live', 'test'] }).notNull();

export const teams = pgTable('teams', {
  id: uuid('id').primaryKey(),
  environment: environment(),
  name: text('name').notNull(),
  createdAt: time('created_at').notNull(),
  removedAt: time('removed_at'),
});

export const teamRoles = ['owner', 'admin', 'member'] as const;

export const teamMembers = pgTable('team_members', {
  teamId: uuid('team_id').notNull(),
  userId: text('user_id').notNull(),
  role: text('role', { enum: teamRoles }).notNull(),
  invitedBy: text('invited_by').notNull(),
  invitedAt: time('invited_at').notNull(),
  joinedAt: time('joined_at'),
});

export const budgetSubjects = ['user', 'key', 'team', 'tag'] as const;
export const budgetPeriods = ['day', 'month', 'total'] as const;

export const budgets = pgTable('budgets', {
  id: uuid('id').primaryKey(),
  userId: text('user_id').notNull(),
  environment: environment(),
  name: text('name').notNull(),
  subject: text('subject', { enum: budgetSubjects }).notNull(),
  subjectId: text('subject_id').notNull(),
  tagValue: text('tag_value'),
  period: text('period', { enum: budgetPeriods }).notNull(),
  since: date('since', { mode: 'string' }).notNull(),
  limitCost: dollars('limit_cost').notNull(),
  isHard: boolean('is_hard').notNull(),
  webhookUrl: text('webhook_url'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  removedAt: time('removed_at'),
});
