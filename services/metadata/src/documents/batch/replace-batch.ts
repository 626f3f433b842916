import { type KeyCaller, type Problem, refuse } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { inArray, sql } from 'drizzle-orm';
import { keepVersions } from '../history/keep-versions.ts';
import { presentHead } from '../present-document.ts';
import { isPlaceViolation } from '../resolve-place.ts';
import { metadata } from '../tables.ts';
import { freePlaces, type PlacedEntry } from './free-places.ts';
import { lockDocuments } from './lock-documents.ts';
import type { Outcome } from './outcome.ts';
import type { BatchEntry } from './prepare-items.ts';
import type { Touched } from './run-batch.ts';
import { contentColumns } from './written-row.ts';

/** Replaces documents and moves them, all in one statement. What changes nothing makes no version. */
export async function replaceBatch(
  tx: Transaction,
  caller: KeyCaller,
  entries: readonly BatchEntry[],
  { now, touched }: { now: Date; touched: Touched },
): Promise<Outcome[] | Problem> {
  const outcomes = new Map<number, Outcome>();
  const good = <T extends BatchEntry>(list: readonly (T | Outcome)[], of: readonly BatchEntry[]): T[] =>
    list.flatMap((one, at) => {
      if ('index' in one) return [one];
      outcomes.set(of[at]?.index ?? -1, one);
      return [];
    });
  const locked = good(await lockDocuments(tx, caller, entries), entries);
  const placed = good(await freePlaces(tx, caller, locked, now), locked);
  const changed = placed.filter(({ isMoved, prepared, before }) => isMoved || prepared?.cid !== before.cid);
  try {
    await writeVersions(tx, caller, changed, now);
  } catch (error) {
    // Somebody took a place while we looked: the whole transaction has failed.
    if (!isPlaceViolation(error)) throw error;
    return overtaken;
  }
  const written = new Set(changed);
  for (const entry of placed) {
    const after = written.has(entry) ? afterChange(entry, now) : entry.before;
    outcomes.set(entry.index, { head: presentHead(after) });
    if (!written.has(entry)) continue;
    const isRefreshed = entry.isMoved || entry.prepared?.cid !== entry.before.cid;
    touched.push(entry.before, { ...after, isRefreshed });
  }
  return entries.map(({ index }) => outcomes.get(index) ?? refuse('not_found'));
}

const overtaken = refuse('conflict', { detail: 'Another request has just taken a place of this batch.' });

function afterChange({ before, place, prepared }: PlacedEntry, now: Date) {
  const { cid = before.cid, standards = before.standards } = prepared ?? {};
  return { ...before, ...place, cid, standards: [...standards], version: before.version + 1, updatedAt: now };
}

async function writeVersions(
  tx: Transaction,
  caller: KeyCaller,
  changed: readonly PlacedEntry[],
  now: Date,
): Promise<void> {
  if (changed.length === 0) return;
  await keepVersions(
    tx,
    changed.map(({ before }) => before.id),
  );
  const moved = changed.filter(({ isMoved }) => isMoved).map(({ before }) => before.id);
  // Off their places first: a row may come where another row of the same statement still stands.
  if (moved.length > 0) await tx.update(metadata).set({ tokenId: null }).where(inArray(metadata.id, moved));
  const rows = changed.map(({ before, place, prepared }) => ({
    id: before.id,
    collection_id: place.collectionId,
    token_id: place.tokenId,
    ...contentColumns(prepared),
  }));
  await tx.execute(sql`
    UPDATE metadata SET version = metadata.version + 1, collection_id = item.collection_id, token_id = item.token_id,
      cid = item.cid, standards = item.standards, name = item.name, search_text = item.search_text,
      traits = item.traits, document = item.document, document_bytes = item.document_bytes,
      change = 'replace', changed_by = ${caller.keyId}, updated_at = ${now.toISOString()}::timestamptz
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS item(id text, collection_id text, token_id text,
      cid text, standards text[], name text, search_text text, traits text[], document text, document_bytes integer)
    WHERE metadata.id = item.id`);
}
