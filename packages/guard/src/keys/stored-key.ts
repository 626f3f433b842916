import { eq, inArray, sql } from 'drizzle-orm';
import type { Database, Orm, Transaction } from '../database/database.ts';
import { apiKeys, users } from '../database/schema.ts';

/** A row of `api_keys` with what decides about its owner. */
export type StoredKey = typeof apiKeys.$inferSelect & {
  ownerRole: string;
  ownerBanned: boolean;
  ownerBanExpires: Date | null;
};

const columns = {
  key: apiKeys,
  ownerRole: users.role,
  ownerBanned: users.banned,
  ownerBanExpires: users.banExpires,
};

/** Reads the key stored under one of the hashes. Prepared: this is the look-up behind every cache miss. */
export function keyLookup(database: Database): (hashes: readonly string[]) => Promise<StoredKey | undefined> {
  const query = database.orm
    .select(columns)
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(eq(apiKeys.keyHash, sql`ANY(${sql.placeholder('hashes')})`))
    .limit(1)
    .prepare('keyward_key_by_hash');
  return async (hashes) => flatten((await query.execute({ hashes }))[0]);
}

export async function findKey(orm: Orm | Transaction, id: string): Promise<StoredKey | undefined> {
  const rows = await orm
    .select(columns)
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(inArray(apiKeys.id, [id]));
  return flatten(rows[0]);
}

type Row = { key: typeof apiKeys.$inferSelect } & Omit<StoredKey, keyof typeof apiKeys.$inferSelect>;

function flatten(row: Row | undefined): StoredKey | undefined {
  if (row === undefined) return undefined;
  const { key, ...owner } = row;
  return { ...key, ...owner };
}
