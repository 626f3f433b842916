import type { KeyCaller } from '@keyward/guard';
import { type Database, inOneTrip, type Orm, type Transaction } from '@keyward/guard/database';
import { and, eq, inArray } from 'drizzle-orm';
import { shareAccount } from '../accounts/lock-account.ts';
import { dimensionsIn, readDimensions } from '../accounts/read-dimensions.ts';
import { spendBudgets } from '../budgets/spend-budgets.ts';
import { usageEvents } from '../database/schema.ts';
import { type Booking, bookEvents, bookedIn } from './booking-statement.ts';
import { accountsWithBudgets } from './budgeted-accounts.ts';
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
  const ordered = [...firsts.values()].sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
  const about = { owner, events: ordered, nowMs };
  const budgeted = accountsWithBudgets(database);
  const isSimple = holds.size === 0 && !budgeted.has(owner);
  const stored =
    (isSimple ? await bookSimply(database, about) : undefined) ??
    (await database.orm.transaction((tx) => bookWithBudgets(tx, about, holds, budgeted)));
  return events.map((event) => {
    const found = stored.get(event.eventId);
    if (found === undefined) throw new Error('An event was neither inserted nor found');
    if (!found.contentHash.equals(event.contentHash)) return { status: 'conflict', event: found };
    return { status: found.id === event.id ? 'recorded' : 'duplicate', event: found };
  });
}

const noHolds: ReadonlyMap<string, string> = new Map();

type Stored = Map<string, StoredEvent>;
type Events = Omit<Booking, 'onlyWithoutBudgets'>;

/** For an account without budgets, in one round trip. Undefined: it has some, and nothing was booked. */
async function bookSimply(database: Database, booking: Events): Promise<Stored | undefined> {
  const [, rows = []] = await inOneTrip(database, [
    shareAccount(booking.owner),
    bookEvents({ ...booking, onlyWithoutBudgets: true }),
  ]);
  const { ids, hasBudgets } = bookedIn(rows);
  return hasBudgets ? undefined : storedEvents(database.orm, booking, ids);
}

async function bookWithBudgets(
  tx: Transaction,
  booking: Events,
  holds: ReadonlyMap<string, string>,
  budgeted: ReturnType<typeof accountsWithBudgets>,
): Promise<Stored> {
  const { owner, events, nowMs } = booking;
  const [, booked = [], ...dimensions] = await inOneTrip(tx, [
    shareAccount(owner),
    bookEvents({ ...booking, onlyWithoutBudgets: false }),
    ...readDimensions(owner),
  ]);
  const { teamIds, budgets } = dimensionsIn(dimensions);
  budgeted.note(owner, budgets.length > 0);
  const { ids } = bookedIn(booked);
  const belonging = { userId: owner.userId, keyId: owner.keyId, teamIds };
  const spendings = events.filter((event) => ids.has(event.id)).map((event) => ({ ...belonging, ...event }));
  await spendBudgets(tx, budgets, spendings, { nowMs, holds });
  return storedEvents(tx, booking, ids);
}

/** What is stored under the ids of the events: they themselves, or what was there before. */
async function storedEvents(
  orm: Orm | Transaction,
  { owner, events, nowMs }: Events,
  ids: ReadonlySet<string>,
): Promise<Stored> {
  const stored: Stored = new Map();
  const present: string[] = [];
  for (const event of events) {
    if (ids.has(event.id)) stored.set(event.eventId, fromPrepared(event, nowMs));
    else present.push(event.eventId);
  }
  if (present.length > 0)
    for (const row of await readEvents(orm, owner, present)) stored.set(row.eventId, row);
  return stored;
}

async function readEvents(
  orm: Orm | Transaction,
  owner: KeyCaller,
  eventIds: string[],
): Promise<StoredEvent[]> {
  const rows = await orm
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
