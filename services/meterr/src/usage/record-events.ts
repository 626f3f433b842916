import type { KeyCaller } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { and, eq, inArray } from 'drizzle-orm';
import { shareAccount } from '../accounts/lock-account.ts';
import { readBudgets, readTeamIds } from '../accounts/read-dimensions.ts';
import { spendBudgets } from '../budgets/spend-budgets.ts';
import { usageEvents } from '../database/schema.ts';
import { addToRollups } from './add-to-rollups.ts';
import { addToTagSums } from './add-to-tag-sums.ts';
import { addToTeamSums } from './add-to-team-sums.ts';
import { insertEvents } from './insert-events.ts';
import { noteUnpriced } from './note-unpriced.ts';
import type { PreparedEvent } from './prepare-event.ts';
import { fromPrepared, fromRow, type StoredEvent } from './stored-event.ts';

/** `conflict`: the event id stands for other content. `event` is what is stored under the id. */
export interface Recorded {
  readonly status: 'recorded' | 'duplicate' | 'conflict';
  readonly event: StoredEvent;
}

/**
 * Books events, their rollups and budgets in one transaction: all of it or nothing. An event id that is already there, in
 * the database or earlier in the list, is not counted again, also when two nodes book it at the same moment.
 * Answers in the order of `events`. `holds`: by event id what was held for them, which ends with it (T5).
 */
export async function recordEvents(
  database: Database,
  owner: KeyCaller,
  events: readonly PreparedEvent[],
  nowMs: number,
  holds: ReadonlyMap<string, string> = noHolds,
): Promise<Recorded[]> {
  const firsts = new Map<string, PreparedEvent>();
  for (const event of events) if (!firsts.has(event.eventId)) firsts.set(event.eventId, event);
  const stored = await database.orm.transaction((tx) =>
    book(tx, owner, [...firsts.values()], { nowMs, holds }),
  );
  return events.map((event) => {
    const found = stored.get(event.eventId);
    if (found === undefined) throw new Error('An event was neither inserted nor found');
    if (!found.contentHash.equals(event.contentHash)) return { status: 'conflict', event: found };
    return { status: found.id === event.id ? 'recorded' : 'duplicate', event: found };
  });
}

const noHolds: ReadonlyMap<string, string> = new Map();

async function book(
  tx: Transaction,
  owner: KeyCaller,
  events: readonly PreparedEvent[],
  { nowMs, holds }: { readonly nowMs: number; readonly holds: ReadonlyMap<string, string> },
): Promise<Map<string, StoredEvent>> {
  await shareAccount(tx, owner);
  const teamIds = await readTeamIds(tx, owner);
  const budgets = await readBudgets(tx, owner, teamIds);
  // All transactions lock in one order, events by id and then sums and budgets by key, so that none waits in a circle.
  const ordered = [...events].sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
  const inserted = await insertEvents(tx, owner, ordered, teamIds, nowMs);
  const added = ordered.filter((event) => inserted.has(event.id));
  const stored = new Map(added.map((event) => [event.eventId, fromPrepared(event, nowMs)]));
  const present = ordered.filter((event) => !inserted.has(event.id)).map((event) => event.eventId);
  if (present.length > 0) {
    for (const row of await readEvents(tx, owner, present)) stored.set(row.eventId, row);
  }
  await addToRollups(tx, owner, added);
  await addToTagSums(tx, owner, added);
  await addToTeamSums(tx, owner, teamIds, added);
  const belonging = { userId: owner.userId, keyId: owner.keyId, teamIds };
  const spendings = added.map((event) => ({ ...belonging, ...event }));
  await spendBudgets(tx, budgets, spendings, { nowMs, holds });
  await noteUnpriced(tx, added, nowMs);
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
