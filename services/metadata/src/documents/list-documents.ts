import { batchBodyBytesMax, type KeyCaller, type Reply, refuse } from '@keyward/guard';
import { and, arrayContains, asc, desc, eq, ilike, inArray, or, type SQL, sql } from 'drizzle-orm';
import type { DocumentDeps } from './document-deps.ts';
import { type ListCursor, writeListCursor } from './list-cursor.ts';
import { documentText, jsonText, presentHead } from './present-document.ts';
import { selectDocuments, visibleTo } from './stored-document.ts';
import { collections, metadata } from './tables.ts';

export interface ListQuery {
  readonly limit: number;
  readonly sort: ListCursor['sort'];
  readonly order: ListCursor['order'];
  readonly cursor?: ListCursor | undefined;
  readonly collection?: string | undefined;
  readonly token_id?: string | undefined;
  readonly standard?: string | undefined;
  readonly search?: string | undefined;
}

/** Documents on one page weigh at most so much together (one is always given), whatever their number. */
const pageBytesMax = batchBodyBytesMax;

const sortColumns = {
  created_at: metadata.createdAt,
  updated_at: metadata.updatedAt,
  name: metadata.name,
} as const;

/** A page of the caller's documents. */
export async function listDocuments(
  { database }: DocumentDeps,
  caller: KeyCaller,
  query: ListQuery,
): Promise<Reply> {
  const { cursor, sort, order, limit } = query;
  if (cursor && (cursor.sort !== sort || cursor.order !== order)) {
    const message = 'belongs to another sort or order';
    return refuse('invalid_request', { errors: [{ pointer: 'query/cursor', message }] });
  }
  const column = sortColumns[sort];
  const direction = order === 'asc' ? asc : desc;
  // First only which documents the page holds, so that their bytes are bounded before they are read.
  const keys = await database.orm
    .select({ id: metadata.id, value: column, bytes: metadata.documentBytes })
    .from(metadata)
    .leftJoin(collections, eq(collections.id, metadata.collectionId))
    .where(and(visibleTo(caller), filters(query), cursor && after(cursor)))
    .orderBy(direction(column), direction(metadata.id))
    .limit(limit + 1);
  const shown = keys.slice(0, fitting(keys.slice(0, limit)));
  const last = shown.at(-1);
  const ids = shown.map(({ id }) => id);
  const found =
    ids.length === 0 ? [] : await selectDocuments(database.orm, caller, inArray(metadata.id, ids));
  const byId = new Map(found.map(({ row, collection }) => [row.id, { ...row, collection }]));
  // One that has been deleted since the first query is left out.
  const data = ids
    .flatMap((id) => byId.get(id) ?? [])
    .map((stored) => documentText(presentHead(stored), stored.document));
  const next =
    last !== undefined && keys.length > shown.length
      ? writeListCursor({ sort, order, value: textOf(last.value), id: last.id })
      : null;
  return jsonText(200, `{"data":[${data.join(',')}],"next_cursor":${JSON.stringify(next)}}`);
}

function filters(query: ListQuery): SQL | undefined {
  const { collection, token_id, standard, search } = query;
  return and(
    collection === undefined
      ? undefined
      : or(eq(metadata.collectionId, collection), eq(collections.name, collection)),
    token_id === undefined ? undefined : eq(metadata.tokenId, token_id),
    standard === undefined ? undefined : arrayContains(metadata.standards, [standard]),
    search === undefined ? undefined : ilike(metadata.searchText, `%${literally(search)}%`),
  );
}

/** A text as a LIKE pattern that means only itself. */
function literally(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

function after({ sort, order, value, id }: ListCursor): SQL {
  const column = sortColumns[sort];
  const bound = sort === 'name' ? sql`${value}` : sql`${value}::timestamptz`;
  const beyond = order === 'asc' ? sql`>` : sql`<`;
  return sql`(${column}, ${metadata.id}) ${beyond} (${bound}, ${id})`;
}

/** How many of the first documents stay within the page's weight. */
function fitting(keys: readonly { readonly bytes: number }[]): number {
  let bytes = 0;
  const beyond = keys.findIndex((key) => {
    bytes += key.bytes;
    return bytes > pageBytesMax;
  });
  return beyond < 0 ? keys.length : Math.max(beyond, 1);
}

function textOf(value: Date | string): string {
  return typeof value === 'string' ? value : value.toISOString();
}
