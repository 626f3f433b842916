import { isProblem, type KeyCaller, type Problem, refuse } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, asc, inArray, sql } from 'drizzle-orm';
import { ifMatchHolds } from '../entity-tags.ts';
import { frozenDocument } from '../freeze/frozen-document.ts';
import { type StoredDocument, selectDocuments, visibleTo } from '../stored-document.ts';
import { metadata } from '../tables.ts';
import type { BatchItem } from './batch-item.ts';
import { findCollections, placeKey } from './find-places.ts';
import { refusalOf } from './outcome.ts';
import type { BatchEntry } from './prepare-items.ts';

/** An entry with the document that it changes, locked until the transaction ends. */
export interface LockedEntry extends BatchEntry {
  readonly before: StoredDocument;
}

/** The documents that the entries name, by id or by place; or why one of them may not be changed. */
export async function lockDocuments(
  tx: Transaction,
  caller: KeyCaller,
  entries: readonly BatchEntry[],
): Promise<(LockedEntry | Problem)[]> {
  const byPlace = await idsByPlace(tx, caller, entries);
  const ids = entries.map(({ item }) => item.id ?? byPlace.get(item));
  const wanted = [...new Set(ids.filter((id) => id !== undefined))];
  const rows =
    wanted.length === 0
      ? []
      : await selectDocuments(tx, caller, inArray(metadata.id, wanted))
          // In one order for all: two batches on the same documents wait for each other in turn.
          .orderBy(asc(metadata.id))
          .for('update', { of: metadata });
  const byId = new Map(rows.map(({ row, collection }) => [row.id, { ...row, collection }]));
  const seen = new Set<string>();
  return entries.map((entry, at) => {
    const before = byId.get(ids[at] ?? '');
    const refusal = before === undefined ? notThere(entry.item) : judge(entry.item, before, seen);
    if (isProblem(refusal)) return refusalOf(entry.index, refusal);
    return { ...entry, before: before as StoredDocument };
  });
}

function notThere(item: BatchItem): Problem {
  if (item.id !== undefined || (item.collection !== undefined && item.token_id !== undefined)) {
    return refuse('not_found');
  }
  const message = 'names no document: give its id, or its collection and token_id';
  return refuse('invalid_request', { errors: [{ pointer: '', message }] });
}

function judge(item: BatchItem, before: StoredDocument, seen: Set<string>): Problem | undefined {
  if (seen.has(before.id)) return refuse('conflict', { detail: 'Another item of this batch names it too.' });
  seen.add(before.id);
  const tag = item.if_match;
  const holds = tag === undefined || tag === before.cid || ifMatchHolds(tag, before.cid);
  if (!holds) return refuse('precondition_failed');
  return before.frozen ? frozenDocument : undefined;
}

/** For items without an id. Not locked yet: one that moves away in between is then found where it went. */
async function idsByPlace(
  tx: Transaction,
  caller: KeyCaller,
  entries: readonly BatchEntry[],
): Promise<ReadonlyMap<BatchItem, string>> {
  const all = entries.map(({ item }) => item);
  // Also those that documents are to be moved to: collections are held before documents are locked.
  const named = await findCollections(tx, caller, all);
  const items = all.filter(({ id, token_id }) => id === undefined && token_id);
  const places = items.flatMap((item) => {
    const collectionId = item.collection === undefined ? undefined : named.get(item.collection)?.id;
    return collectionId === undefined ? [] : [{ item, collectionId, tokenId: item.token_id ?? null }];
  });
  if (places.length === 0) return new Map();
  const ids = await idsAt(tx, caller, places);
  return new Map(
    places.flatMap(({ item, ...place }) => {
      const id = ids.get(placeKey(place) ?? '');
      return id === undefined ? [] : [[item, id] as const];
    }),
  );
}

/** The ids of the caller's documents that stand at these places, by `placeKey`. */
export async function idsAt(
  tx: Transaction,
  caller: KeyCaller,
  places: readonly { readonly collectionId: string | null; readonly tokenId: string | null }[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = JSON.stringify(places.map(({ collectionId, tokenId }) => ({ c: collectionId, t: tokenId })));
  const isThere = sql`(${metadata.collectionId}, ${metadata.tokenId}) IN (
    SELECT c, t FROM json_to_recordset(${wanted}::json) AS place(c text COLLATE "C", t text COLLATE "C"))`;
  const rows = await tx
    .select({ id: metadata.id, collectionId: metadata.collectionId, tokenId: metadata.tokenId })
    .from(metadata)
    .where(and(visibleTo(caller), isThere));
  return new Map(rows.map((row) => [placeKey(row) ?? '', row.id]));
}
