import type { KeyCaller } from '@keyward/guard';
import type { Orm, Transaction } from '@keyward/guard/database';
import { and, eq, isNull, type SQL } from 'drizzle-orm';
import { collections, type MetadataRow, metadata } from './tables.ts';

export interface StoredDocument extends MetadataRow {
  /** The collection's name. */
  readonly collection: string | null;
}

/** Whose documents a caller sees (R3, K5): those of its owner and environment that are not deleted. */
export function visibleTo(caller: KeyCaller): SQL | undefined {
  return and(ownedBy(caller), isNull(metadata.deletedAt));
}

/** The same and those that are deleted. */
export function ownedBy(caller: KeyCaller): SQL | undefined {
  return and(eq(metadata.userId, caller.userId), eq(metadata.environment, caller.environment));
}

/** The caller's documents that meet the condition, with the names of their collections. */
export function selectDocuments(orm: Orm | Transaction, caller: KeyCaller, condition: SQL | undefined) {
  return orm
    .select({ row: metadata, collection: collections.name })
    .from(metadata)
    .leftJoin(collections, eq(collections.id, metadata.collectionId))
    .where(and(visibleTo(caller), condition))
    .$dynamic();
}

/** One of the caller's documents. */
export async function findDocument(
  orm: Orm,
  caller: KeyCaller,
  id: string,
): Promise<StoredDocument | undefined> {
  const [found] = await selectDocuments(orm, caller, eq(metadata.id, id));
  return found && { ...found.row, collection: found.collection };
}

/** The same, locked until the transaction ends, so that no change made to it at the same time is lost. */
export async function lockDocument(
  tx: Transaction,
  caller: KeyCaller,
  id: string,
): Promise<StoredDocument | undefined> {
  const [found] = await selectDocuments(tx, caller, eq(metadata.id, id)).for('update', { of: metadata });
  return found && { ...found.row, collection: found.collection };
}
