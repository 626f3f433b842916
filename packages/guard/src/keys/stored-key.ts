import { eq, inArray, type SQL } from 'drizzle-orm';
import type { Database, Orm, Transaction } from '../database/database.ts';
import { apiKeys, users } from '../database/schema.ts';
import { keyUses } from './schema.ts';

/** A row of `api_keys` with what decides about its owner, and what is left of its uses. */
export type StoredKey = typeof apiKeys.$inferSelect & {
  ownerRole: string;
  ownerBanned: boolean;
  ownerBanExpires: Date | null;
  /** Null: as many as one likes. */
  usesMax: number | null;
  used: number | null;
};

const columns = {
  key: apiKeys,
  ownerRole: users.role,
  ownerBanned: users.banned,
  ownerBanExpires: users.banExpires,
  usesMax: keyUses.usesMax,
  used: keyUses.used,
};

/** Finds the key stored under one of the hashes: the look-up behind every cache miss. */
export function keyLookup({ orm }: Database): (hashes: readonly string[]) => Promise<StoredKey | undefined> {
  // Not prepared by name: a name is a state of the session, which a pooler does not keep (K10).
  return async (hashes) => flatten((await select(orm).where(inArray(apiKeys.keyHash, hashes)).limit(1))[0]);
}

export async function findKey(orm: Orm | Transaction, id: string): Promise<StoredKey | undefined> {
  return flatten((await select(orm).where(eq(apiKeys.id, id)))[0]);
}

/** The keys of which a condition holds, the oldest first, at most `limit`. */
export async function findKeys(
  orm: Orm | Transaction,
  where: SQL | undefined,
  limit: number,
): Promise<StoredKey[]> {
  const rows = await select(orm).where(where).orderBy(apiKeys.createdAt, apiKeys.id).limit(limit);
  return rows.flatMap((row) => flatten(row) ?? []);
}

function select(orm: Orm | Transaction) {
  return orm
    .select(columns)
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .leftJoin(keyUses, eq(keyUses.id, apiKeys.usesId));
}

type Row = { key: typeof apiKeys.$inferSelect } & Omit<StoredKey, keyof typeof apiKeys.$inferSelect>;

function flatten(row: Row | undefined): StoredKey | undefined {
  if (row === undefined) return undefined;
  const { key, ...owner } = row;
  return { ...key, ...owner };
}
