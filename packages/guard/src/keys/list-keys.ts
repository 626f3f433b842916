import { and, desc, eq, getTableColumns, lt, or } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';

/** A key as people may see it: everything but its hash. */
export type KeySummary = Omit<typeof apiKeys.$inferSelect, 'keyHash'>;

export interface KeyFilter {
  readonly userId?: string;
  readonly service?: string;
  /** At most this many, newest first. */
  readonly limit: number;
  /** The last key of the page before. */
  readonly after?: { readonly id: string; readonly createdAt: Date };
}

const { keyHash: _hash, ...summaryColumns } = getTableColumns(apiKeys);

export async function listKeys(database: Database, filter: KeyFilter): Promise<KeySummary[]> {
  const { userId, service, limit, after } = filter;
  const conditions = [
    userId === undefined ? undefined : eq(apiKeys.userId, userId),
    service === undefined ? undefined : eq(apiKeys.service, service),
    after &&
      or(
        lt(apiKeys.createdAt, after.createdAt),
        and(eq(apiKeys.createdAt, after.createdAt), lt(apiKeys.id, after.id)),
      ),
  ];
  return database.orm
    .select(summaryColumns)
    .from(apiKeys)
    .where(and(...conditions))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit);
}

export async function showKey(database: Database, id: string): Promise<KeySummary | undefined> {
  const [key] = await database.orm.select(summaryColumns).from(apiKeys).where(eq(apiKeys.id, id));
  return key;
}
