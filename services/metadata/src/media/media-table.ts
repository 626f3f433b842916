import { bigint, boolean, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { mediaTypes } from './media-type.ts';

/** One row per upload; several may share the same bytes within one owner and environment. */
export const media = pgTable(
  'media',
  {
    /** UUID version 7: sorts by time. */
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    /** `ownerKeyOf(userId)`: finds the row from the place of its bytes. */
    ownerKey: text('owner_key').notNull(),
    environment: text('environment', { enum: ['live', 'test'] }).notNull(),
    /** Display text only, never a path (U1). */
    name: text('name').notNull(),
    type: text('type', { enum: mediaTypes }).notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
    cid: text('cid').notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    /** Null for videos. */
    frames: integer('frames'),
    /** Null for images. */
    durationMs: integer('duration_ms'),
    visibility: text('visibility', { enum: ['private', 'public'] }).notNull(),
    metadataPreserved: boolean('metadata_preserved').notNull(),
    /** Of the file as it arrived, before metadata was taken out. Null: a video that had to change. */
    originalSha256: text('original_sha256'),
    originalBytes: bigint('original_bytes', { mode: 'number' }).notNull(),
    /** What was found out about the file, signed when it was kept. Null: from before there were any. */
    receipt: text('receipt'),
    createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull(),
  },
  (table) => [
    index('media_owner').on(table.userId, table.environment, table.id),
    index('media_content').on(table.ownerKey, table.environment, table.sha256),
  ],
);

export type MediaRow = typeof media.$inferSelect;

/** Bytes that an owner's distinct contents take, over both environments; counts against the quota. */
export const mediaUsage = pgTable('media_usage', {
  userId: text('user_id').primaryKey(),
  bytes: bigint('bytes', { mode: 'number' }).notNull(),
});

/** Resumable uploads that are not finished. Their bytes count against the quota from the beginning. */
export const mediaUploads = pgTable(
  'media_uploads',
  {
    /** Becomes the id of the file. */
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    environment: text('environment', { enum: ['live', 'test'] }).notNull(),
    name: text('name').notNull(),
    visibility: text('visibility', { enum: ['private', 'public'] }).notNull(),
    metadataPreserved: boolean('metadata_preserved').notNull(),
    /** Of the whole file, as the client announced it. */
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true, mode: 'date' }).notNull(),
  },
  (table) => [
    index('media_uploads_owner').on(table.userId),
    index('media_uploads_expiry').on(table.expiresAt),
  ],
);

export type MediaUploadRow = typeof mediaUploads.$inferSelect;
