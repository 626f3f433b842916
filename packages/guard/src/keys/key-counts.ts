import { inArray } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { apiKeyCounts } from './schema.ts';

export interface KeyCount {
  /** Requests that were answered to the key and are in the log. */
  readonly requests: number;
  /** Those of them with a status of 400 or more. */
  readonly errors: number;
}

/** Requests and errors of keys (K11), by id; a key that was never used is not in it. */
export async function keyCounts(
  { orm }: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KeyCount>> {
  const rows = await orm
    .select()
    .from(apiKeyCounts)
    .where(inArray(apiKeyCounts.keyId, [...ids]));
  return new Map(rows.map(({ keyId, ...count }) => [keyId, count]));
}
