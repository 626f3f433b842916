import { isProblem, type KeyCaller, refuse, uuidv7 } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { presentHead } from '../present-document.ts';
import { nowhere, type Place, placeTaken } from '../resolve-place.ts';
import { findOrCreateCollections, placeKey, placeOf } from './find-places.ts';
import { type Outcome, refusalOf } from './outcome.ts';
import type { BatchEntry } from './prepare-items.ts';
import { contentColumns } from './written-row.ts';

interface NewRow {
  readonly entry: BatchEntry;
  readonly id: string;
  readonly place: Place;
}

/** Keeps new documents, all in one statement. The outcomes are those of the entries, in their order. */
export async function createBatch(
  tx: Transaction,
  caller: KeyCaller,
  entries: readonly BatchEntry[],
  now: Date,
): Promise<Outcome[]> {
  const named = await findOrCreateCollections(
    tx,
    caller,
    entries.map(({ item }) => item),
    now,
  );
  const taken = new Set<string>();
  const rows = entries.map((entry): NewRow | Outcome => {
    const place = placeOf(entry.item, nowhere, named);
    if (isProblem(place)) return refusalOf(entry.index, place);
    const key = placeKey(place);
    if (key !== undefined && taken.has(key)) return refusalOf(entry.index, twice);
    if (key !== undefined) taken.add(key);
    return { entry, id: uuidv7(now.getTime()), place };
  });
  const inserted = await insertRows(
    tx,
    caller,
    rows.filter((row) => 'place' in row),
    now,
  );
  return rows.map((row) => {
    if (!('place' in row)) return row;
    return inserted.has(row.id)
      ? { head: headOf(row, now) }
      : refusalOf(row.entry.index, placeTaken(row.place));
  });
}

const twice = refuse('conflict', { detail: 'Another item of this batch has the same place.' });

/** The ids of those rows whose place was free. */
async function insertRows(
  tx: Transaction,
  caller: KeyCaller,
  rows: readonly NewRow[],
  now: Date,
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  // In one order for all: of two batches on the same places one waits for the other, and neither for both.
  const ordered = rows.toSorted((a, b) => compare(placeKey(a.place) ?? '', placeKey(b.place) ?? ''));
  const content = ordered.map(({ entry, id, place }) => ({
    id,
    collection_id: place.collectionId,
    token_id: place.tokenId,
    ...contentColumns(entry.prepared),
  }));
  const at = now.toISOString();
  const { rows: inserted } = await tx.execute<{ id: string }>(sql`
    INSERT INTO metadata (id, user_id, environment, collection_id, token_id, version, cid, standards, name,
      search_text, traits, document, document_bytes, change, changed_by, created_at, updated_at)
    SELECT id, ${caller.userId}, ${caller.environment}, collection_id, token_id, 1, cid, standards, name,
      search_text, traits, document, document_bytes, 'create', ${caller.keyId}, ${at}::timestamptz, ${at}::timestamptz
    FROM json_to_recordset(${JSON.stringify(content)}::json) AS item(id text, collection_id text, token_id text,
      cid text, standards text[], name text, search_text text, traits text[], document text, document_bytes integer)
    ON CONFLICT DO NOTHING
    RETURNING id`);
  return new Set(inserted.map(({ id }) => id));
}

function headOf({ entry, id, place }: NewRow, now: Date) {
  return presentHead({
    id,
    ...place,
    version: 1,
    cid: entry.prepared?.cid ?? '',
    frozen: false,
    standards: [...(entry.prepared?.standards ?? [])],
    createdAt: now,
    updatedAt: now,
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
