import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export interface EmailContent {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

export interface WebhookContent {
  /** The body as it is signed and sent, the same at every try. */
  readonly body: string;
  /** The id of the person whose webhook it is: by it the secrets are found. */
  readonly owner?: string;
}

/** The outbox (M4, O6). The id is also the Message-ID and the webhook-id, so that a receiver can tell a second copy. */
export const notifications = pgTable(
  'notifications',
  {
    id: text('id').primaryKey().default(sql`gen_random_uuid()::text`),
    kind: text('kind', { enum: ['email', 'webhook'] }).notNull(),
    recipient: text('recipient').notNull(),
    /** Erased once it is delivered. */
    content: jsonb('content').$type<EmailContent | WebhookContent>(),
    dedupeKey: text('dedupe_key').unique(),
    state: text('state', { enum: ['waiting', 'delivered', 'failed'] })
      .notNull()
      .default('waiting'),
    attempts: integer('attempts').notNull().default(0),
    createdAt: time('created_at').notNull().defaultNow(),
    firstAttemptAt: time('first_attempt_at'),
    nextAttemptAt: time('next_attempt_at').notNull().defaultNow(),
    finishedAt: time('finished_at'),
    /** Without addresses, keys and passwords. */
    lastError: text('last_error'),
  },
  (table) => [
    index('notifications_waiting').on(table.nextAttemptAt).where(sql`state = 'waiting'`),
    index('notifications_finished').on(table.state, table.finishedAt).where(sql`state <> 'waiting'`),
  ],
);
