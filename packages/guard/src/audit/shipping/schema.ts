import { bigint, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { SummedRequest } from './batch-sums.ts';

/** How many requests without a valid key an address group has made in a minute (A1). */
export const auditKeylessMinutes = pgTable(
  'audit_keyless_minutes',
  {
    /** Whole minutes since 1970. */
    minute: integer('minute').notNull(),
    addressGroup: text('address_group').notNull(),
    requests: integer('requests').notNull(),
  },
  (table) => [primaryKey({ columns: [table.minute, table.addressGroup] })],
);

/** Sums that have not become rows of `audit_logs` yet. */
export const auditSums = pgTable(
  'audit_sums',
  {
    minute: integer('minute').notNull(),
    addressGroup: text('address_group').notNull(),
    /** The error code; empty for a request that was not refused. */
    code: text('code').notNull(),
    status: integer('status').notNull(),
    repeats: integer('repeats').notNull(),
    firstAt: timestamp('first_at', { withTimezone: true, mode: 'date' }).notNull(),
    lastAt: timestamp('last_at', { withTimezone: true, mode: 'date' }).notNull(),
    first: jsonb('first').$type<SummedRequest>().notNull(),
    last: jsonb('last').$type<SummedRequest>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.minute, table.addressGroup, table.code, table.status] })],
);

/** How far each file of a journal was ever shipped (A2). */
export const journalSegments = pgTable(
  'journal_segments',
  {
    nodeId: text('node_id').notNull(),
    segment: bigint('segment', { mode: 'number' }).notNull(),
    createdAtMs: bigint('created_at_ms', { mode: 'number' }).notNull(),
    byteOffset: bigint('byte_offset', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.segment, table.createdAtMs] })],
);
