import { sql } from 'drizzle-orm';
import { pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Addresses that are refused altogether (L4); rows stay as history. */
export const blocks = pgTable('blocks', {
  id: text('id').primaryKey(),
  kind: text('kind', { enum: ['address', 'range'] }).notNull(),
  /** Canonical CIDR; at most one row of a subject has no `removedAt`. */
  subject: text('subject').notNull(),
  reason: text('reason').notNull(),
  /** Id of the person, or the way by which it came: `cli`, `job`. */
  createdBy: text('created_by'),
  createdAt: time('created_at').notNull().defaultNow(),
  /** Null: until it is removed. */
  expiresAt: time('expires_at'),
  removedAt: time('removed_at'),
  removedBy: text('removed_by'),
  /** Set by the database: the transaction that wrote the row last. */
  changedIn: text('changed_in').notNull().default(sql`pg_current_xact_id()`),
});
