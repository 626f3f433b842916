import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const snapshot = customType<{ data: string }>({ dataType: () => 'pg_snapshot' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const number = (name: string) => bigint(name, { mode: 'number' });

/** The leaves of the audit tree (A4), numbered from 0 without gaps. */
export const auditLeaves = pgTable(
  'audit_leaves',
  {
    seq: number('seq').primaryKey(),
    entryId: text('entry_id').notNull(),
    /** Of the entry, so that its row is found in its partition. */
    createdAt: time('created_at').notNull(),
    leafHash: bytes('leaf_hash').notNull(),
  },
  (table) => [unique().on(table.entryId, table.createdAt)],
);

/** What the personal fields of each entry are committed to with (A5). */
export const auditSalts = pgTable('audit_salts', {
  seq: number('seq').primaryKey(),
  salt: bytes('salt').notNull(),
});

/** Entries whose personal fields were blanked, with the commitment that their leaf holds. */
export const auditErasures = pgTable('audit_erasures', {
  seq: number('seq').primaryKey(),
  commitment: bytes('commitment').notNull(),
  erasedAt: time('erased_at').notNull().defaultNow(),
});

/** The root of each complete tile of 256 hashes; at level 0 of leaves. */
export const auditTiles = pgTable(
  'audit_tiles',
  {
    level: smallint('level').notNull(),
    tile: number('tile').notNull(),
    root: bytes('root').notNull(),
  },
  (table) => [primaryKey({ columns: [table.level, table.tile] })],
);

/** One row: where the sequencer stands. */
export const auditTree = pgTable('audit_tree', {
  singleton: boolean('singleton').primaryKey().default(true),
  origin: text('origin').notNull(),
  size: number('size').notNull().default(0),
  frontier: bytes('frontier').notNull(),
  sequenced: snapshot('sequenced').notNull().default(sql`'1:1:'`),
});

export const auditCheckpoints = pgTable('audit_checkpoints', {
  number: number('number').primaryKey(),
  size: number('size').notNull(),
  root: bytes('root').notNull(),
  note: text('note').notNull(),
  signedAt: time('signed_at').notNull(),
});

/** The newest checkpoint that each place outside has taken. */
export const auditAnchors = pgTable('audit_anchors', {
  place: text('place').primaryKey(),
  number: number('number').notNull(),
  anchoredAt: time('anchored_at').notNull(),
});
