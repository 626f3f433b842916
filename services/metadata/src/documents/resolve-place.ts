import { type KeyCaller, type Problem, refuse } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { findOrCreateCollection } from '../collections/find-collection.ts';
import { frozenRefusal } from '../collections/frozen-collection.ts';

/** Where a document stands: in a collection, and there under a token id. */
export interface Place {
  readonly collectionId: string | null;
  /** The collection's name. */
  readonly collection: string | null;
  readonly tokenId: string | null;
}

/** `?collection=` (id or name) and `?token_id=` (decimal). */
export interface PlaceQuery {
  readonly collection?: string | undefined;
  readonly token_id?: string | undefined;
}

export const nowhere: Place = { collectionId: null, collection: null, tokenId: null };

/** The place that a query asks for; what it does not name stays as in `current`. */
export async function resolvePlace(
  tx: Transaction,
  caller: KeyCaller,
  query: PlaceQuery,
  current: Place,
  now: Date,
): Promise<Place | Problem> {
  let { collectionId, collection } = current;
  if (query.collection !== undefined) {
    const found = await findOrCreateCollection(tx, caller, query.collection, now);
    const refusal = frozenRefusal(found);
    if (refusal !== undefined) return refusal;
    collectionId = found.id;
    collection = found.name;
  }
  const tokenId = query.token_id ?? current.tokenId;
  if (tokenId !== null && collectionId === null) {
    const errors = [{ pointer: 'query/token_id', message: 'needs a collection' }];
    return refuse('invalid_request', { errors });
  }
  return { collectionId, collection, tokenId };
}

/** The refusal of a place that another document has. */
export function placeTaken(place: Place): Problem {
  return refuse('conflict', {
    detail: `The collection has a document for token ${place.tokenId}. Change that one, or delete it first.`,
  });
}

/** Whether the database refused a change because another document has the place. */
export function isPlaceViolation(error: unknown): boolean {
  const { cause = error } = error as { cause?: unknown };
  return (cause as { constraint?: unknown }).constraint === 'metadata_place';
}
