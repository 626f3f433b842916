import { and, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Database, Orm, Transaction } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';
import { apiKeyCounts, keyRotations, keyUses, plannedRotations } from './schema.ts';

/** A key as people may see it: everything but its hash, and what is known of its use and rotation (K11). */
export type KeySummary = Omit<typeof apiKeys.$inferSelect, 'keyHash'> & {
  /** Requests that were answered to it, and those of them with a status of 400 or more. */
  readonly requests: number;
  readonly errors: number;
  /** Null: as many uses as one likes. */
  readonly usesMax: number | null;
  readonly used: number | null;
  /** When its rotation is planned for. */
  readonly rotationPlannedAt: Date | null;
  readonly predecessorId: string | null;
  readonly successorId: string | null;
};

export interface KeyFilter {
  readonly userId?: string;
  readonly service?: string;
  /** At most this many, newest first. */
  readonly limit: number;
  /** The last key of the page before. */
  readonly after?: { readonly id: string; readonly createdAt: Date };
}

const { keyHash: _hash, ...keyColumns } = getTableColumns(apiKeys);
const toIt = alias(keyRotations, 'to_it');
const fromIt = alias(keyRotations, 'from_it');

const summaryColumns = {
  ...keyColumns,
  requests: sql<number>`coalesce(${apiKeyCounts.requests}, 0)`.mapWith(Number),
  errors: sql<number>`coalesce(${apiKeyCounts.errors}, 0)`.mapWith(Number),
  usesMax: keyUses.usesMax,
  used: keyUses.used,
  rotationPlannedAt: plannedRotations.rotateAt,
  predecessorId: toIt.oldKeyId,
  successorId: fromIt.newKeyId,
};

/** A page of keys, newest first. */
export async function listKeys({ orm }: Database, filter: KeyFilter): Promise<KeySummary[]> {
  const { userId, service, limit, after } = filter;
  const conditions = [
    userId === undefined ? undefined : eq(apiKeys.userId, userId),
    service === undefined ? undefined : eq(apiKeys.service, service),
    after && older(after),
  ];
  return select(orm)
    .where(and(...conditions))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit);
}

/** One key, also one that the caller's transaction has just made or changed; undefined when there is none. */
export async function showKey(orm: Orm | Transaction, id: string): Promise<KeySummary | undefined> {
  const [key] = await select(orm).where(eq(apiKeys.id, id));
  return key;
}

// Each join meets one row at most, by a unique index, so that a page still ends after `limit` keys.
function select(orm: Orm | Transaction) {
  return orm
    .select(summaryColumns)
    .from(apiKeys)
    .leftJoin(apiKeyCounts, eq(apiKeyCounts.keyId, apiKeys.id))
    .leftJoin(keyUses, eq(keyUses.id, apiKeys.usesId))
    .leftJoin(plannedRotations, eq(plannedRotations.keyId, apiKeys.id))
    .leftJoin(toIt, eq(toIt.newKeyId, apiKeys.id))
    .leftJoin(fromIt, eq(fromIt.oldKeyId, apiKeys.id));
}

// As a row, which an index on both columns begins at; two comparisons joined by OR read all that is newer first.
function older({ createdAt, id }: { createdAt: Date; id: string }): SQL {
  return sql`(${apiKeys.createdAt}, ${apiKeys.id}) < (${createdAt.toISOString()}::timestamptz, ${id})`;
}
