import { sql } from 'drizzle-orm';
import { bigint, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { webhookEvents } from './webhook-events.ts';

// Constraints, indexes and the triggers that write deliveries are in the migrations.

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: text('id').primaryKey(),
  userId: text('user_id').notNull(),
  environment: text('environment', { enum: ['live', 'test'] }).notNull(),
  url: text('url').notNull(),
  description: text('description').notNull(),
  events: text('events', { enum: webhookEvents }).array().notNull(),
  state: text('state', { enum: ['enabled', 'disabled'] })
    .notNull()
    .default('enabled'),
  disabledBecause: text('disabled_because', { enum: ['asked', 'failing', 'gone', 'handed_over'] }),
  /** Attempts in a row that failed, over all deliveries. */
  failures: integer('failures').notNull().default(0),
  failingSince: time('failing_since'),
  /** Nothing is tried before. */
  restingUntil: time('resting_until'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
});

export type WebhookRow = typeof webhookEndpoints.$inferSelect;

/** Sealed (D1). The one without an end is the current one; before it the one that it replaces, until that ends. */
export const webhookSecrets = pgTable('webhook_secrets', {
  id: text('id').primaryKey(),
  endpointId: text('endpoint_id').notNull(),
  sealed: text('sealed').notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at'),
});

/** The outbox: one row for each event and endpoint. */
export const webhookDeliveries = pgTable('webhook_deliveries', {
  /** The order of events; of one object it is the order of its changes. */
  place: bigint('place', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  /** The webhook-id, the same at every try. */
  id: text('id').notNull().default(sql`'msg_' || replace(gen_random_uuid()::text, '-', '')`),
  endpointId: text('endpoint_id').notNull(),
  type: text('type').notNull(),
  objectId: text('object_id').notNull(),
  /** As it is signed and sent, the same at every try. */
  body: text('body').notNull(),
  state: text('state', { enum: ['waiting', 'delivered', 'failed'] })
    .notNull()
    .default('waiting'),
  attempts: integer('attempts').notNull().default(0),
  replays: integer('replays').notNull().default(0),
  createdAt: time('created_at').notNull().defaultNow(),
  firstAttemptAt: time('first_attempt_at'),
  nextAttemptAt: time('next_attempt_at').notNull().default(sql`'epoch'`),
  finishedAt: time('finished_at'),
  lastStatus: integer('last_status'),
  lastError: text('last_error'),
});

export type DeliveryRow = typeof webhookDeliveries.$inferSelect;
