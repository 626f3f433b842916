import { pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

export const providerAccounts = pgTable('provider_accounts', {
  id: uuid('id').primaryKey(),
  userId: text('user_id').notNull(),
  environment: text('environment', { enum: ['live', 'test'] }).notNull(),
  provider: text('provider').notNull(),
  baseUrl: text('base_url').notNull(),
  sealedKey: text('sealed_key').notNull(),
  lastFour: text('last_four').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull(),
});
