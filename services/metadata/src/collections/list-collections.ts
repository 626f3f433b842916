import { json, type KeyCaller, page, type Reply } from '@keyward/guard';
import { and, desc, eq, lt, or } from 'drizzle-orm';
import type { DocumentDeps } from '../documents/document-deps.ts';
import { collections } from '../documents/tables.ts';
import { collectionsOf } from './find-collection.ts';
import { presentCollection } from './present-collection.ts';

export interface CollectionsQuery {
  readonly limit: number;
  readonly cursor?: { readonly id: string; readonly createdAt: Date } | undefined;
}

/** A page of the caller's collections, newest first. */
export async function listCollections(
  { database }: DocumentDeps,
  caller: KeyCaller,
  { limit, cursor }: CollectionsQuery,
): Promise<Reply> {
  const older =
    cursor &&
    or(
      lt(collections.createdAt, cursor.createdAt),
      and(eq(collections.createdAt, cursor.createdAt), lt(collections.id, cursor.id)),
    );
  const rows = await database.orm
    .select()
    .from(collections)
    .where(and(collectionsOf(caller), older))
    .orderBy(desc(collections.createdAt), desc(collections.id))
    .limit(limit + 1);
  return json(200, page(rows, limit, presentCollection));
}
