import { boolean, integer, json, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

// Constraints and indexes are in the migrations; here is what queries need.

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const owner = {
  userId: text('user_id').notNull(),
  environment: text('environment', { enum: ['live', 'test'] }).notNull(),
};

/** A name of its owner's, with an id that is unique over all owners; a draft until it is published (N4). */
export const collections = pgTable('collections', {
  id: text('id').primaryKey(),
  ...owner,
  name: text('name').notNull(),
  publishedAt: time('published_at'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
});

export const metadata = pgTable('metadata', {
  /** UUID version 7. */
  id: text('id').primaryKey(),
  ...owner,
  collectionId: text('collection_id'),
  /** In decimal without leading zeros, up to 2^256 − 1. */
  tokenId: text('token_id'),
  version: integer('version').notNull(),
  cid: text('cid').notNull(),
  frozen: boolean('frozen').notNull().default(false),
  standards: text('standards').array().notNull(),
  name: text('name').notNull(),
  searchText: text('search_text').notNull(),
  /** The canonical JSON, byte for byte what the CID names; jsonb would change numbers and order. */
  document: text('document').notNull(),
  documentBytes: integer('document_bytes').notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  /** Set when it has been deleted; it can be recovered for 30 days (N3). */
  deletedAt: time('deleted_at'),
});

/** What was answered to a POST with an Idempotency-Key, for 24 hours. */
export const metadataIdempotency = pgTable(
  'metadata_idempotency',
  {
    ...owner,
    key: text('key').notNull(),
    contentHash: text('content_hash').notNull(),
    /** json, not jsonb: the answer is given again in the order in which it was given first. */
    answer: json('answer').$type<Readonly<Record<string, unknown>>>(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.environment, table.key] })],
);

export type CollectionRow = typeof collections.$inferSelect;
export type MetadataRow = typeof metadata.$inferSelect;
