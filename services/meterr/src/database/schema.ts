import {
  bigint,
  boolean,
  customType,
  integer,
  jsonb,
  numeric,
  pgTable,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ModelMatch } from '../prices/match-model.ts';

/** Constraints and indexes are in the migrations; here is what queries need. */

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
/** Money crosses as text (T2). */
const dollars = (name: string) => numeric(name, { precision: 38, scale: 18 });
const count = (name: string) => bigint(name, { mode: 'number' }).notNull();
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

const owner = {
  userId: text('user_id').notNull(),
  environment: text('environment', { enum: ['live', 'test'] }).notNull(),
};
const pricedAs = () => text('priced', { enum: ['exact', 'estimated', 'unpriced'] }).notNull();

export const tokens = pgTable('tokens', {
  id: uuid('id').primaryKey(),
  ...owner,
  keyId: text('key_id').notNull(),
  model: text('model').notNull(),
  encoding: text('encoding').notNull(),
  exactness: text('exactness', { enum: ['exact', 'estimated'] }).notNull(),
  count: count('count'),
  cost: dollars('cost'),
  priceId: uuid('price_id'),
  priced: pricedAs(),
  metadata: jsonb('metadata').$type<Readonly<Record<string, string>>>(),
  createdAt: time('created_at').notNull(),
});

export const usageEvents = pgTable('usage_events', {
  id: uuid('id').primaryKey(),
  ...owner,
  keyId: text('key_id').notNull(),
  eventId: text('event_id').notNull(),
  contentHash: bytea('content_hash').notNull(),
  provider: text('provider').notNull(),
  model: text('model').notNull(),
  occurredAt: time('occurred_at').notNull(),
  createdAt: time('created_at').notNull(),
  input_tokens: count('input_tokens'),
  cache_read_tokens: count('cache_read_tokens'),
  cache_write_5m_tokens: count('cache_write_5m_tokens'),
  cache_write_1h_tokens: count('cache_write_1h_tokens'),
  output_tokens: count('output_tokens'),
  reasoning_tokens: count('reasoning_tokens'),
  input_audio_tokens: count('input_audio_tokens'),
  output_audio_tokens: count('output_audio_tokens'),
  cache_read_audio_tokens: count('cache_read_audio_tokens'),
  output_image_tokens: count('output_image_tokens'),
  citation_tokens: count('citation_tokens'),
  web_searches: count('web_searches'),
  totalTokens: count('total_tokens'),
  totalMismatch: boolean('total_mismatch').notNull(),
  cost: dollars('cost'),
  priceId: uuid('price_id'),
  priced: pricedAs(),
  reportedCost: dollars('reported_cost'),
  teamIds: uuid('team_ids').array().notNull().default([]),
  tags: jsonb('tags').$type<Readonly<Record<string, string>>>(),
  metadata: jsonb('metadata').$type<Readonly<Record<string, string>>>(),
});

export const priceProviders = pgTable('price_providers', {
  provider: text('provider').primaryKey(),
  position: integer('position').notNull(),
  providerMatch: jsonb('provider_match').$type<ModelMatch>(),
  modelMatch: jsonb('model_match').$type<ModelMatch>(),
  fallbacks: text('fallbacks').array().notNull(),
  source: text('source').notNull(),
});

export const priceModels = pgTable('price_models', {
  provider: text('provider').notNull(),
  model: text('model').notNull(),
  position: integer('position').notNull(),
  match: jsonb('match').$type<ModelMatch>().notNull(),
  source: text('source').notNull(),
});

export const unpricedModels = pgTable('unpriced_models', {
  provider: text('provider').notNull(),
  model: text('model').notNull(),
  firstSeenAt: time('first_seen_at').notNull(),
  alertedAt: time('alerted_at'),
});

export const prices = pgTable('prices', {
  id: uuid('id').primaryKey(),
  provider: text('provider').notNull(),
  model: text('model').notNull(),
  /** From when the source says that it holds; `validFrom` is later when we learnt of it late. */
  declaredFrom: time('declared_from'),
  validFrom: time('valid_from'),
  validTo: time('valid_to'),
  dailyFrom: integer('daily_from'),
  dailyTo: integer('daily_to'),
  ratesHash: text('rates_hash').notNull(),
  source: text('source').notNull(),
  createdAt: time('created_at').notNull(),
});

export const priceRates = pgTable('price_rates', {
  priceId: uuid('price_id').notNull(),
  class: text('class').notNull(),
  aboveInputTokens: count('above_input_tokens'),
  rate: dollars('rate').notNull(),
});
