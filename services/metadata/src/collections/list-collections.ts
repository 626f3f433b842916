import { json, type KeyCaller, page, type Reply } from '@keyward/guard';
import { and, desc, eq, lt, or } from 'drizzle-orm';
import type { DocumentDeps } from '../documents/document-deps.ts';
import { collections } from '../documents/tables.ts';
import { recoverableCollections } from './deleted/restore-collection.ts';
import { collectionsOf } from './find-collection.ts';
import { presentCollection } from './present-collection.ts';

export interface CollectionsQuery {
  readonly limit: number;
  readonly cursor?: { readonly id: string; readonly createdAt: Date } | undefined;
  /** Those that can be recovered, instead of those that are there. */
  readonly deleted: boolean;
}

/** A page of the caller's collections, newest first. */
export async function listCollections(
  { database, clock }: DocumentDeps,
  caller: KeyCaller,
  { limit, cursor, deleted }: CollectionsQuery,
): Promise<Reply> {
  const older =
    cursor &&
    or(
      lt(collections.createdAt, cursor.createdAt),
      and(eq(collections.createdAt, cursor.createdAt), lt(collections.id, cursor.id)),
    );
  const isWanted = deleted ? recoverableCollections(caller, clock.now()) : collectionsOf(caller);
  const rows = await database.orm
    .select()
    .from(collections)
    .where(and(isWanted, older))
    .orderBy(desc(collections.createdAt), desc(collections.id))
    .limit(limit + 1);
  return json(200, page(rows, limit, presentCollection));
}
