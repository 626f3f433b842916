import { boolean, integer, json, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

// Constraints and indexes are in the migrations; here is what queries need.

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const owner = {
  userId: text('user_id').notNull(),
  environment: text('environment', { enum: ['live', 'test'] }).notNull(),
};

const lastChange = {
  /** What made this version. */
  change: text('change', { enum: ['create', 'replace', 'patch', 'restore'] }).notNull(),
  /** The id of the key that made it. */
  changedBy: text('changed_by'),
};

/** A name of its owner's, with an id that is unique over all owners; a draft until it is published (N4). */
export const collections = pgTable('collections', {
  id: text('id').primaryKey(),
  ...owner,
  name: text('name').notNull(),
  publishedAt: time('published_at'),
  /** Canonical JSON that every token URI of the draft answers with, and its CID. */
  placeholder: text('placeholder'),
  placeholderCid: text('placeholder_cid'),
  /** The document that is the contract's metadata (ERC-7572). */
  contractId: text('contract_id'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  /** Set when all its documents were frozen: none is added any more (N3). */
  frozenAt: time('frozen_at'),
  /** Set when it has been deleted; its name is free, and it can be recovered for 30 days (N3). */
  deletedAt: time('deleted_at'),
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
  frozenAt: time('frozen_at'),
  /** A compact JWS over what was frozen (N3). */
  freezeProof: text('freeze_proof'),
  standards: text('standards').array().notNull(),
  name: text('name').notNull(),
  /** The beginning of name and description, in lower case. */
  searchText: text('search_text').notNull(),
  /** Digests of traits and of their values: see `traits-of.ts`. */
  traits: text('traits').array().notNull(),
  /** The canonical JSON, byte for byte what the CID names; jsonb would change numbers and order. */
  document: text('document').notNull(),
  documentBytes: integer('document_bytes').notNull(),
  ...lastChange,
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  /** Set when it has been deleted; it can be recovered for 30 days (N3). */
  deletedAt: time('deleted_at'),
  /** Whether it was its collection that was deleted: it comes back with that. */
  deletedWithCollection: boolean('deleted_with_collection').notNull().default(false),
});

/** What documents were before their last change. Whose they are, the document's own row says (R3). */
export const metadataVersions = pgTable(
  'metadata_versions',
  {
    documentId: text('document_id').notNull(),
    version: integer('version').notNull(),
    collectionId: text('collection_id'),
    tokenId: text('token_id'),
    cid: text('cid').notNull(),
    standards: text('standards').array().notNull(),
    document: text('document').notNull(),
    documentBytes: integer('document_bytes').notNull(),
    ...lastChange,
    changedAt: time('changed_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.version] })],
);

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
export type VersionRow = typeof metadataVersions.$inferSelect;
export type ChangeKind = MetadataRow['change'];
