import type { CollectionRow } from '../documents/tables.ts';

/** A collection as answers have it. */
export function presentCollection(row: CollectionRow) {
  return {
    id: row.id,
    name: row.name,
    published: row.publishedAt !== null,
    published_at: row.publishedAt?.toISOString() ?? null,
    /** With `{token_id}` for the token's id; 404 until the collection is published. */
    token_uri: `/t/${row.id}/{token_id}`,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
