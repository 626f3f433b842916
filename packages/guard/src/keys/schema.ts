import { bigint, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Why a key was rotated (K7), as `key_rotations.reason` says it. */
export const rotationReasons = ['user_requested', 'scheduled', 'emergency', 'compromised', 'leaked'] as const;
export type RotationReason = (typeof rotationReasons)[number];

/** One row for each key that has a successor; unique in both directions. */
export const keyRotations = pgTable('key_rotations', {
  id: text('id').primaryKey(),
  userId: text('user_id').notNull(),
  reason: text('reason', { enum: rotationReasons }).notNull(),
  timestamp: time('timestamp').notNull().defaultNow(),
  oldKeyId: text('old_key_id').notNull(),
  newKeyId: text('new_key_id').notNull(),
});

/** Rotations that are planned for a time (K7). */
export const plannedRotations = pgTable('planned_rotations', {
  keyId: text('key_id').primaryKey(),
  rotateAt: time('rotate_at').notNull(),
  graceMs: bigint('grace_ms', { mode: 'number' }).notNull(),
  reason: text('reason', { enum: rotationReasons }).notNull(),
  plannedBy: text('planned_by'),
  createdAt: time('created_at').notNull(),
});

/** How often the keys that share a count may be used, and were (K6, K7). */
export const keyUses = pgTable('key_uses', {
  id: text('id').primaryKey(),
  usesMax: bigint('uses_max', { mode: 'number' }).notNull(),
  used: bigint('used', { mode: 'number' }).notNull().default(0),
});

/** What keys of other systems look like (K13). */
export const keyImports = pgTable('key_imports', {
  id: text('id').primaryKey(),
  pattern: text('pattern').notNull(),
  /** So many of their first characters find the candidates of a bcrypt hash. */
  prefixLength: integer('prefix_length').notNull(),
  createdAt: time('created_at').notNull(),
});

/** Which keys came by an import, so that the same hash is imported once (K13). */
export const importedHashes = pgTable('imported_hashes', {
  keyId: text('key_id').primaryKey(),
  /** A keyed hash of the imported hash; it stays when the key is stored in another way. */
  fingerprint: text('fingerprint').notNull(),
  runId: text('run_id').notNull(),
  line: integer('line').notNull(),
});

/** Leave to have the secrets of successors made, once each (K8). */
export const keyClaims = pgTable('key_claims', {
  id: text('id').primaryKey(),
  userId: text('user_id').notNull(),
  emergencyId: text('emergency_id'),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
});

/** Which keys an emergency rotation stops: those for which all that is set holds. */
export interface KeySelection {
  readonly userId?: string;
  readonly service?: string;
  readonly environment?: 'live' | 'test';
  /** ISO 8601; keys made before it. */
  readonly issuedBefore?: string;
}

/** A rotation of many keys at once, carried on from its row when the process dies (K8). */
export const emergencyRotations = pgTable('emergency_rotations', {
  id: text('id').primaryKey(),
  reason: text('reason', { enum: ['emergency', 'compromised', 'leaked'] }).notNull(),
  selection: jsonb('selection').$type<KeySelection>().notNull(),
  graceMs: bigint('grace_ms', { mode: 'number' }).notNull(),
  state: text('state', { enum: ['replacing', 'telling', 'done'] })
    .notNull()
    .default('replacing'),
  keysStopped: integer('keys_stopped').notNull(),
  keysReplaced: integer('keys_replaced').notNull().default(0),
  ownersTold: integer('owners_told').notNull().default(0),
  startedBy: text('started_by'),
  createdAt: time('created_at').notNull(),
  finishedAt: time('finished_at'),
});

/** What the owner of a key was reminded of already (K9). */
export const keyReminders = pgTable(
  'key_reminders',
  {
    keyId: text('key_id').notNull(),
    kind: text('kind').notNull(),
    sentAt: time('sent_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.keyId, table.kind] })],
);

/** Requests and errors of each key (K11), counted in the transaction that ships them to the log. */
export const apiKeyCounts = pgTable('api_key_counts', {
  keyId: text('key_id').primaryKey(),
  requests: bigint('requests', { mode: 'number' }).notNull(),
  errors: bigint('errors', { mode: 'number' }).notNull(),
});
