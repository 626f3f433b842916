import { type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { and, eq, sql } from 'drizzle-orm';
import type { DocumentDeps } from '../documents/document-deps.ts';
import { type CollectionRow, collections } from '../documents/tables.ts';
import { placeholderKey } from '../token-uris/token-uri-cache.ts';
import { collectionsOf, findCollection } from './find-collection.ts';

/** Publishes a collection: its token URIs answer from now on (N4). Once published, it stays as it is. */
export async function publishCollection(
  { database, clock, tokenUris }: DocumentDeps,
  caller: KeyCaller,
  idOrName: string,
): Promise<CollectionRow | Problem> {
  const found = await findCollection(database.orm, caller, idOrName);
  if (found === undefined) return refuse('not_found');
  if (found.publishedAt !== null) return found;
  const now = new Date(clock.now());
  const [published] = await database.orm
    .update(collections)
    .set({
      publishedAt: sql`coalesce(${collections.publishedAt}, ${now.toISOString()}::timestamptz)`,
      updatedAt: now,
    })
    .where(and(collectionsOf(caller), eq(collections.id, found.id)))
    .returning();
  tokenUris.forget(placeholderKey(found.id));
  return published ?? refuse('not_found');
}
