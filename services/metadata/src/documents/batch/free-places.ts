import { isProblem, type KeyCaller, type Problem } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { type Place, placeTaken } from '../resolve-place.ts';
import { findOrCreateCollections, placeKey, placeOf } from './find-places.ts';
import { idsAt, type LockedEntry } from './lock-documents.ts';
import { refusalOf } from './outcome.ts';

/** An entry and where its document is to stand. */
export interface PlacedEntry extends LockedEntry {
  readonly place: Place;
  readonly isMoved: boolean;
}

/**
 * Where each document is to stand. One may take the place that another of the batch leaves, also in a circle;
 * a place that somebody keeps is refused to whoever wants it.
 */
export async function freePlaces(
  tx: Transaction,
  caller: KeyCaller,
  entries: readonly LockedEntry[],
  now: Date,
): Promise<(PlacedEntry | Problem)[]> {
  // Without an id the place only says which document is meant.
  const moving = entries.filter(({ item }) => item.id !== undefined);
  const named = await findOrCreateCollections(
    tx,
    caller,
    moving.map(({ item }) => item),
    now,
  );
  const placed = entries.map((entry): PlacedEntry | Problem => {
    const { before, item } = entry;
    if (item.id === undefined) return { ...entry, place: before, isMoved: false };
    const place = placeOf(item, before, named);
    if (isProblem(place)) return refusalOf(entry.index, place);
    const isMoved = place.collectionId !== before.collectionId || place.tokenId !== before.tokenId;
    return { ...entry, place, isMoved };
  });
  return refuseTaken(placed, await occupants(tx, caller, placed));
}

async function occupants(tx: Transaction, caller: KeyCaller, placed: readonly (PlacedEntry | Problem)[]) {
  const targets = placed.flatMap((entry) => (!isProblem(entry) && entry.isMoved ? [entry.place] : []));
  return targets.length === 0 ? new Map<string, string>() : await idsAt(tx, caller, targets);
}

/** Until nobody is left who would come where somebody stays: who is refused stays too. */
function refuseTaken(
  placed: readonly (PlacedEntry | Problem)[],
  occupantOf: ReadonlyMap<string, string>,
): (PlacedEntry | Problem)[] {
  let current = [...placed];
  for (;;) {
    const leaving = new Set(
      current.flatMap((entry) => (!isProblem(entry) && entry.isMoved ? [entry.before.id] : [])),
    );
    const taken = new Set<string>();
    const next = current.map((entry) => {
      const key = isProblem(entry) || !entry.isMoved ? undefined : placeKey(entry.place);
      if (isProblem(entry) || key === undefined) return entry;
      const occupant = occupantOf.get(key);
      const isFree = !taken.has(key) && (occupant === undefined || leaving.has(occupant));
      taken.add(key);
      return isFree ? entry : refusalOf(entry.index, placeTaken(entry.place));
    });
    const refused = (list: readonly (PlacedEntry | Problem)[]) =>
      list.filter((entry) => isProblem(entry)).length;
    if (refused(next) === refused(current)) return next;
    current = next;
  }
}
