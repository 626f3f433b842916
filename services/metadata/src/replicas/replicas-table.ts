import { bigint, boolean, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { mediaTypes } from '../media/media-type.ts';

// Constraints, indexes and the triggers that write what is to be done are in the migrations.

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** The stores that files are to lie in besides the local disk. */
export const mediaStores = pgTable('media_stores', {
  name: text('name', { enum: ['s3', 'imagekit'] }).primaryKey(),
  takesPrivate: boolean('takes_private').notNull(),
  /** It asked to be left alone until then. */
  restingUntil: time('resting_until'),
  registeredAt: time('registered_at').notNull().defaultNow(),
});

/** One row for each content and store: whether it lies there as the rows of `media` want it. */
export const mediaReplicas = pgTable(
  'media_replicas',
  {
    store: text('store', { enum: ['s3', 'imagekit'] }).notNull(),
    ownerKey: text('owner_key').notNull(),
    environment: text('environment', { enum: ['live', 'test'] }).notNull(),
    sha256: text('sha256').notNull(),
    type: text('type', { enum: mediaTypes }).notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    /** `waiting`: to be put there, or taken away. `refused`: the store will not have it. */
    state: text('state', { enum: ['waiting', 'stored', 'refused'] }).notNull(),
    /** Counts what happened to the content, so that work on an earlier state is not taken for work on this one. */
    revision: integer('revision').notNull(),
    attempts: integer('attempts').notNull(),
    nextAttemptAt: time('next_attempt_at').notNull(),
    remoteId: text('remote_id'),
    url: text('url'),
    /** Of `refused` it is public. */
    lastError: text('last_error'),
    storedAt: time('stored_at'),
  },
  (table) => [primaryKey({ columns: [table.ownerKey, table.environment, table.sha256, table.store] })],
);

export type ReplicaRow = typeof mediaReplicas.$inferSelect;
