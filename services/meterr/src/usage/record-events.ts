import type { KeyCaller } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { and, eq, inArray } from 'drizzle-orm';
import { usageEvents } from '../database/schema.ts';
import { addToRollups } from './add-to-rollups.ts';
import { insertEvents } from './insert-events.ts';
import type { PreparedEvent } from './prepare-event.ts';
import { fromPrepared, fromRow, type StoredEvent } from './stored-event.ts';

/** `conflict`: the event id stands for other content. `event` is what is stored under the id. */
export interface Recorded {
  readonly status: 'recorded' | 'duplicate' | 'conflict';
  readonly event: StoredEvent;
}

/**
 * Books events and their rollups in one transaction: all of it or nothing. An event id that is already there, in
 * the database or earlier in the list, is not counted again, also when two nodes book it at the same moment.
 * Answers in the order of `events`.
 */
export async function recordEvents(
  database: Database,
  owner: KeyCaller,
  events: readonly PreparedEvent[],
  nowMs: number,
): Promise<Recorded[]> {
  const firsts = new Map<string, PreparedEvent>();
  for (const event of events) if (!firsts.has(event.eventId)) firsts.set(event.eventId, event);
  const stored = await database.orm.transaction((tx) => book(tx, owner, [...firsts.values()], nowMs));
  return events.map((event) => {
    const found = stored.get(event.eventId);
    if (found === undefined) throw new Error('An event was neither inserted nor found');
    if (!found.contentHash.equals(event.contentHash)) return { status: 'conflict', event: found };
    return { status: found.id === event.id ? 'recorded' : 'duplicate', event: found };
  });
}

async function book(
  tx: Transaction,
  owner: KeyCaller,
  events: readonly PreparedEvent[],
  nowMs: number,
): Promise<Map<string, StoredEvent>> {
  // All transactions lock in one order, events by id and then sums by key, so that none waits in a circle.
  const ordered = [...events].sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
  const inserted = await insertEvents(tx, owner, ordered, nowMs);
  const added = ordered.filter((event) => inserted.has(event.id));
  const stored = new Map(added.map((event) => [event.eventId, fromPrepared(event, nowMs)]));
  const present = ordered.filter((event) => !inserted.has(event.id)).map((event) => event.eventId);
  if (present.length > 0) {
    for (const row of await readEvents(tx, owner, present)) stored.set(row.eventId, row);
  }
  await addToRollups(tx, owner, added);
  return stored;
}

async function readEvents(tx: Transaction, owner: KeyCaller, eventIds: string[]): Promise<StoredEvent[]> {
  const rows = await tx
    .select()
    .from(usageEvents)
    .where(
      and(
        eq(usageEvents.userId, owner.userId),
        eq(usageEvents.environment, owner.environment),
        inArray(usageEvents.eventId, eventIds),
      ),
    );
  return rows.map(fromRow);
}
