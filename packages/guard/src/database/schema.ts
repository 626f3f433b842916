import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  index,
  inet,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Window } from '../route.ts';

const transactionId = customType<{ data: string }>({ dataType: () => 'xid8' });

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** People. The columns are Better Auth's own (core, admin and two-factor plugins), so that sign-in migrates nothing. */
export const users = pgTable('users', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull().unique(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text('image'),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  role: text('role').notNull().default('user'),
  banned: boolean('banned').notNull().default(false),
  banReason: text('ban_reason'),
  banExpires: time('ban_expires'),
  twoFactorEnabled: boolean('two_factor_enabled').notNull().default(false),
  /** The row of a deleted person stays for history, without name and e-mail address (K10). */
  deletedAt: time('deleted_at'),
});

export const apiKeys = pgTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    name: text('name').notNull(),
    service: text('service').notNull(),
    environment: text('environment', { enum: ['live', 'test'] }).notNull(),
    /** Self-describing (K3); null once it has been erased. */
    keyHash: text('key_hash'),
    /** Keyring id of the checksum key, so that one is retired only when no live key names it (K1); null: imported. */
    checksumKeyId: text('checksum_key_id'),
    prefix: text('prefix').notNull(),
    lastFour: text('last_four').notNull(),
    scopes: text('scopes').array().notNull(),
    /** Null: the default windows (L1). */
    limits: jsonb('limits').$type<readonly Window[]>(),
    allowedIps: text('allowed_ips').array(),
    allowedOrigins: text('allowed_origins').array(),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: time('created_at').notNull().defaultNow(),
    expiresAt: time('expires_at'),
    revokedAt: time('revoked_at'),
    deactivatedAt: time('deactivated_at'),
    lastUsedAt: time('last_used_at'),
    lastUsedIp: text('last_used_ip'),
    /** The count of uses that it shares with its predecessors and successors (K7); null: as many as one likes. */
    usesId: text('uses_id'),
    /** By which import it came (K13). */
    importId: text('import_id'),
    /** Who may have its secret made (K8); of use until `claimedAt`. */
    claimId: text('claim_id'),
    claimedAt: time('claimed_at'),
    /** When it stops because it was rotated (K7). */
    graceEndsAt: time('grace_ends_at'),
    /** The emergency rotation that stopped it (K8). */
    emergencyId: text('emergency_id'),
    /** Days from its creation until it should be rotated (K9); 0: never. */
    rotateEveryDays: integer('rotate_every_days').notNull().default(90),
  },
  (table) => [
    uniqueIndex('api_keys_key_hash').on(table.keyHash),
    index('api_keys_user_id').on(table.userId, table.createdAt),
    index('api_keys_created_at').on(table.createdAt, table.id),
  ],
);

/** The keyring (D2): key material sealed under the root secret, one primary per purpose. */
export const keyring = pgTable(
  'keyring',
  {
    id: text('id').primaryKey(),
    purpose: text('purpose').notNull(),
    state: text('state', { enum: ['primary', 'enabled', 'retired'] }).notNull(),
    /** Null when retired. */
    sealed: text('sealed'),
    createdAt: time('created_at').notNull().defaultNow(),
    retiredAt: time('retired_at'),
  },
  (table) => [uniqueIndex('keyring_one_primary').on(table.purpose).where(sql`state = 'primary'`)],
);

/** One row per request and per administrative change (A1). Partitioned by month; rows are never changed. */
export const auditLogs = pgTable(
  'audit_logs',
  {
    id: text('id').notNull(),
    createdAt: time('created_at').notNull(),
    userId: text('user_id'),
    apiKey: text('api_key'),
    method: text('method').notNull(),
    path: text('path').notNull(),
    status: integer('status').notNull(),
    durationMs: integer('duration_ms').notNull(),
    ip: inet('ip'),
    userAgent: text('user_agent'),
    requestId: text('request_id').notNull(),
    clientRequestId: text('client_request_id'),
    service: text('service'),
    environment: text('environment'),
    action: text('action').notNull(),
    errorCode: text('error_code'),
    objectType: text('object_type'),
    objectIds: text('object_ids').array(),
    /** How many objects were touched in all; object_ids names at most 100 of them. */
    objectCount: integer('object_count').notNull().default(0),
    repeats: integer('repeats').notNull().default(1),
    before: jsonb('before'),
    after: jsonb('after'),
    /** The transaction that brought it; by this the sequencer finds what is new (A4). */
    tx: transactionId('tx').notNull().default(sql`pg_current_xact_id()`),
  },
  (table) => [
    primaryKey({ columns: [table.createdAt, table.id] }),
    index('audit_logs_request_id').on(table.requestId),
    index('audit_logs_api_key').on(table.apiKey, table.createdAt),
    index('audit_logs_user_id').on(table.userId, table.createdAt),
    index('audit_logs_ip').on(table.ip, table.createdAt),
    index('audit_logs_path').on(table.path.op('text_pattern_ops'), table.createdAt),
    index('audit_logs_status').on(table.status, table.createdAt),
    index('audit_logs_method').on(table.method, table.createdAt),
    index('audit_logs_service').on(table.service, table.createdAt).where(sql`service IS NOT NULL`),
    index('audit_logs_action').on(table.action, table.createdAt),
    index('audit_logs_error_code')
      .on(table.errorCode.op('text_pattern_ops'), table.createdAt)
      .where(sql`error_code IS NOT NULL`),
    index('audit_logs_client_request_id')
      .on(table.clientRequestId, table.createdAt)
      .where(sql`client_request_id IS NOT NULL`),
    index('audit_logs_tx').on(table.tx),
  ],
);

/** How far each node's journal has been shipped into audit_logs; moved in the transaction that ships. */
export const journalPositions = pgTable('journal_positions', {
  nodeId: text('node_id').primaryKey(),
  segment: bigint('segment', { mode: 'number' }).notNull(),
  byteOffset: bigint('byte_offset', { mode: 'number' }).notNull(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  /** Since when the node is stopped with nothing left to ship; null while it serves, or died with something left. */
  restsSince: time('rests_since'),
});
