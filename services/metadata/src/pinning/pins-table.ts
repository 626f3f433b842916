import { bigint, doublePrecision, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { fileNaming } from '../collections/contents/file-names.ts';
import { profiles } from '../content-identifiers/unixfs/profile.ts';
import { pinProviders } from './providers/pin-provider.ts';

// Constraints, indexes and the triggers that fill pin_changes are in the migration; here is what queries need.

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const pinKinds = ['collection', 'document', 'media'] as const;
export const pinStates = ['queued', 'sending', 'waiting', 'pinned', 'failed'] as const;
/** `unverified`: the provider says that it has it, and nobody could be asked for the content. */
export const checkResults = ['retrievable', 'unretrievable', 'missing', 'unverified'] as const;

/** One content at one provider, for one object of one owner (N6). */
export const pins = pgTable('pins', {
  /** UUID version 7. */
  id: text('id').primaryKey(),
  /** Of two pins of an object the greater one is the newer; clocks of several nodes would not tell. */
  ordinal: bigint('ordinal', { mode: 'number' }).generatedAlwaysAsIdentity(),
  userId: text('user_id').notNull(),
  environment: text('environment', { enum: ['live', 'test'] }).notNull(),
  provider: text('provider', { enum: pinProviders }).notNull(),
  kind: text('kind', { enum: pinKinds }).notNull(),
  objectId: text('object_id').notNull(),
  /** Of media: the collection whose documents name them. Null: pinned because somebody asked. */
  collectionId: text('collection_id'),
  profile: text('profile', { enum: profiles }).notNull(),
  naming: text('naming', { enum: fileNaming }).notNull(),
  /** As computed here. */
  cid: text('cid').notNull(),
  /** Of the CAR that was sent. */
  bytes: bigint('bytes', { mode: 'number' }),
  /** What is wanted of it; a row whose content has been removed is deleted. */
  wish: text('wish', { enum: ['keep', 'remove'] }).notNull(),
  state: text('state', { enum: pinStates }).notNull(),
  reason: text('reason'),
  detail: text('detail'),
  /** Tries that failed since it last went well. */
  tries: integer('tries').notNull(),
  /** Of these the last ones in a row that failed for the same reason. */
  failures: integer('failures').notNull().default(0),
  /** Since when the provider is at work on it; null: it has not been asked. */
  askedAt: time('asked_at'),
  /** Grows with every claim, so that a runner that stood still writes over nobody. */
  claims: integer('claims').notNull(),
  nextTryAt: time('next_try_at'),
  /** The provider's own name for it. */
  providerId: text('provider_id'),
  /** What the provider says it has pinned. */
  providerCid: text('provider_cid'),
  /** The provider's name of an older pin that was never proven: this one takes its place. */
  replaces: text('replaces'),
  /** Where a resumable upload goes on. */
  uploadUrl: text('upload_url'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  pinnedAt: time('pinned_at'),
  checkedAt: time('checked_at'),
  checkResult: text('check_result', { enum: checkResults }),
  checkDetail: text('check_detail'),
  /** Null: at once. */
  nextCheckAt: time('next_check_at'),
  /** CID of the block that could not be had, which the next check asks for next to the root. */
  checkBlock: text('check_block'),
  /** Blocks that were fetched and hashed. */
  checkBlocks: integer('check_blocks'),
  /** Checks in a row in which a block was not given, by a gateway that gave others. */
  checkFailures: integer('check_failures').notNull().default(0),
  /** How often it was sent anew since a check last found it whole. */
  repairs: integer('repairs').notNull().default(0),
});

/** What is left of each provider's allowance, over all nodes. */
export const pinQuotas = pgTable('pin_quotas', {
  provider: text('provider').primaryKey(),
  permits: doublePrecision('permits').notNull(),
  refilledAt: time('refilled_at').notNull(),
  /** Nothing is asked of it before. */
  blockedUntil: time('blocked_until'),
  blockedReason: text('blocked_reason'),
});

/** Collections that have changed since somebody looked; written by triggers, in the transaction that changes them. */
export const pinChanges = pgTable('pin_changes', {
  id: bigint('id', { mode: 'number' }).primaryKey(),
  collectionId: text('collection_id').notNull(),
  changedAt: time('changed_at').notNull(),
});

export type PinRow = typeof pins.$inferSelect;

/** As if no try had been made yet. */
export const untried = { tries: 0, failures: 0, askedAt: null } as const;
