import type { Database } from '@keyward/guard/database';
import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { usageEvents } from '../database/schema.ts';
import type { Position } from '../fields.ts';
import { endOfDay, startOfDay } from '../utc-days.ts';
import { fromRow, type StoredEvent } from './stored-event.ts';

export interface EventFilter {
  /** UTC days, both included. */
  readonly startDate: string | undefined;
  readonly endDate: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly eventId: string | undefined;
}

/** At most `rowsMax` of the owner's events, newest first by when they happened, after `after`. */
export async function listEvents(
  database: Database,
  owner: Account,
  filter: EventFilter,
  after: Position | undefined,
  rowsMax: number,
): Promise<StoredEvent[]> {
  const conditions: (SQL | undefined)[] = [
    ownedBy(owner),
    filter.startDate === undefined ? undefined : gte(usageEvents.occurredAt, startOfDay(filter.startDate)),
    filter.endDate === undefined ? undefined : lt(usageEvents.occurredAt, endOfDay(filter.endDate)),
    filter.provider === undefined ? undefined : eq(usageEvents.provider, filter.provider),
    filter.model === undefined ? undefined : eq(usageEvents.model, filter.model),
    filter.eventId === undefined ? undefined : eq(usageEvents.eventId, filter.eventId),
    after &&
      sql`(${usageEvents.occurredAt}, ${usageEvents.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`,
  ];
  const rows = await database.orm
    .select()
    .from(usageEvents)
    .where(and(...conditions))
    .orderBy(desc(usageEvents.occurredAt), desc(usageEvents.id))
    .limit(rowsMax);
  return rows.map(fromRow);
}

/** One event of the owner's; another's is as absent as one that never was (R3). */
export async function readEvent(
  database: Database,
  owner: Account,
  id: string,
): Promise<StoredEvent | undefined> {
  const rows = await database.orm
    .select()
    .from(usageEvents)
    .where(and(ownedBy(owner), eq(usageEvents.id, id)));
  return rows[0] && fromRow(rows[0]);
}

function ownedBy(owner: Account): SQL | undefined {
  return and(eq(usageEvents.userId, owner.userId), eq(usageEvents.environment, owner.environment));
}
