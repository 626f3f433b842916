import { isProblem, type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { and, eq, isNull } from 'drizzle-orm';
import type { DocumentDeps } from '../documents/document-deps.ts';
import { type CollectionRow, collections } from '../documents/tables.ts';
import { placeholderKey } from '../token-uris/token-uri-cache.ts';
import { newCollectionId } from './collection-id.ts';
import { collectionsOf, findCollection } from './find-collection.ts';
import { frozenRefusal } from './frozen-collection.ts';
import { preparePlaceholder } from './prepare-placeholder.ts';

export interface CollectionFields {
  readonly name?: string | undefined;
  /** A document, or null to take it away. */
  readonly placeholder?: unknown;
}

/** Makes a draft collection; 409 when the owner has one of that name. */
export async function createCollection(
  { database, clock }: DocumentDeps,
  caller: KeyCaller,
  { name = '', placeholder = null }: CollectionFields,
): Promise<CollectionRow | Problem> {
  const prepared = preparePlaceholder(placeholder);
  if (isProblem(prepared)) return prepared;
  const now = new Date(clock.now());
  const { userId, environment } = caller;
  const [made] = await database.orm
    .insert(collections)
    .values({
      id: newCollectionId(),
      userId,
      environment,
      name,
      ...prepared,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return made ?? nameTaken;
}

/** Renames a collection or changes its placeholder. Its id, and with it every token URI, stays. */
export async function updateCollection(
  deps: DocumentDeps,
  caller: KeyCaller,
  idOrName: string,
  fields: CollectionFields,
): Promise<CollectionRow | Problem> {
  const { database, clock } = deps;
  const prepared = fields.placeholder === undefined ? {} : preparePlaceholder(fields.placeholder);
  if (isProblem(prepared)) return prepared;
  const found = await findCollection(database.orm, caller, idOrName);
  if (found === undefined) return refuse('not_found');
  const refusal = frozenRefusal(found);
  if (refusal !== undefined) return refusal;
  const { name } = fields;
  try {
    const [updated] = await database.orm
      .update(collections)
      // What the request does not name is left as it is by now.
      .set({ ...(name !== undefined && { name }), ...prepared, updatedAt: new Date(clock.now()) })
      .where(and(collectionsOf(caller), eq(collections.id, found.id), isNull(collections.frozenAt)))
      .returning();
    deps.tokenUris.forget(placeholderKey(found.id));
    return updated ?? overtaken;
  } catch (error) {
    if (isNameViolation(error)) return nameTaken;
    throw error;
  }
}

const overtaken = refuse('conflict', {
  detail: 'The collection has just been frozen or deleted: read it again.',
});
const nameTaken = refuse('conflict', {
  detail: 'You have a collection of that name: choose another name, or change that one.',
});

/** Whether the database refused a change because another of the owner's collections has the name. */
export function isNameViolation(error: unknown): boolean {
  const { cause = error } = error as { cause?: unknown };
  return (cause as { constraint?: unknown }).constraint === 'collections_name';
}
