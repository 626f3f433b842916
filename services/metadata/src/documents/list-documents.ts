import { batchBodyBytesMax, type KeyCaller, type Reply, refuse } from '@keyward/guard';
import { and, arrayContains, asc, desc, eq, inArray, like, type SQL, sql } from 'drizzle-orm';
import { findCollection } from '../collections/find-collection.ts';
import type { DocumentDeps } from './document-deps.ts';
import { type ListCursor, writeListCursor } from './list-cursor.ts';
import { documentText, jsonText, presentHead } from './present-document.ts';
import { selectDocuments, visibleTo } from './stored-document.ts';
import { metadata } from './tables.ts';
import { traitDigest } from './traits-of.ts';

export interface ListQuery {
  readonly limit: number;
  readonly sort: ListCursor['sort'];
  readonly order: ListCursor['order'];
  readonly cursor?: ListCursor | undefined;
  readonly collection?: string | undefined;
  readonly token_id?: string | undefined;
  readonly standard?: string | undefined;
  readonly search?: string | undefined;
  readonly name?: string | undefined;
  readonly trait?: string | undefined;
  readonly trait_value?: string | undefined;
  readonly frozen?: boolean | undefined;
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
  if (query.trait_value !== undefined && query.trait === undefined) {
    const errors = [{ pointer: 'query/trait_value', message: 'needs a trait' }];
    return refuse('invalid_request', { errors });
  }
  const collection =
    query.collection === undefined ? undefined : await findCollection(database.orm, caller, query.collection);
  if (query.collection !== undefined && collection === undefined) return emptyPage;
  const column = sortColumns[sort];
  const direction = order === 'asc' ? asc : desc;
  // First only which documents the page holds, so that their bytes are bounded before they are read.
  const keys = await database.orm
    .select({ id: metadata.id, value: column, bytes: metadata.documentBytes })
    .from(metadata)
    .where(and(visibleTo(caller), filters(query, collection?.id), cursor && after(cursor)))
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

const emptyPage = jsonText(200, '{"data":[],"next_cursor":null}');

/** Each of them has an index: what a page costs does not grow with what others keep. */
function filters(query: ListQuery, collectionId: string | undefined): SQL | undefined {
  const { token_id, standard, search, name, trait, trait_value, frozen } = query;
  return and(
    collectionId === undefined ? undefined : eq(metadata.collectionId, collectionId),
    token_id === undefined ? undefined : eq(metadata.tokenId, token_id),
    standard === undefined ? undefined : arrayContains(metadata.standards, [standard]),
    search === undefined ? undefined : matches(search.toLowerCase()),
    name === undefined ? undefined : like(metadata.name, `${literally(name)}%`),
    trait === undefined ? undefined : arrayContains(metadata.traits, [traitDigest(trait, trait_value)]),
    frozen === undefined ? undefined : eq(metadata.frozen, frozen),
  );
}

/** Trigrams need three characters; of fewer a text is found that begins with them. */
function matches(search: string): SQL {
  return [...search].length < 3
    ? sql`left(${metadata.searchText}, 8) LIKE ${`${literally(search)}%`}`
    : sql`${metadata.searchText} LIKE ${`%${literally(search)}%`}`;
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
