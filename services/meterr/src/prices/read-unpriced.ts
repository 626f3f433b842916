import type { Database, Orm, Transaction } from '@keyward/guard/database';
import { and, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { usageEvents } from '../database/schema.ts';
import { type Counts, countedClasses } from '../token-classes.ts';

/** An event without a price, with all that its cost will count for. */
export interface UnpricedEvent extends Account {
  readonly id: string;
  readonly eventId: string;
  readonly keyId: string;
  readonly provider: string;
  readonly model: string;
  readonly occurredAtMs: number;
  readonly counts: Counts;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly teamIds: readonly string[];
}

const atOnce = 1000;

/** All unpriced events, 1000 at a time, account by account. */
export async function* eachUnpriced(database: Database): AsyncGenerator<UnpricedEvent[]> {
  let after: UnpricedEvent | undefined;
  do {
    const beyond: SQL | undefined =
      after &&
      sql`(${usageEvents.userId}, ${usageEvents.environment}, ${usageEvents.eventId}) > (${after.userId}, ${after.environment}, ${after.eventId})`;
    const events = await read(database.orm, beyond);
    if (events.length > 0) yield events;
    after = events.length === atOnce ? events.at(-1) : undefined;
  } while (after !== undefined);
}

/** Those of these events that are the account's and still without a price. */
export async function readUnpriced(
  tx: Transaction,
  { userId, environment }: Account,
  ids: readonly string[],
): Promise<UnpricedEvent[]> {
  const theirs = and(eq(usageEvents.userId, userId), eq(usageEvents.environment, environment));
  return read(tx, and(theirs, inArray(usageEvents.id, [...ids])));
}

async function read(orm: Orm | Transaction, condition: SQL | undefined): Promise<UnpricedEvent[]> {
  const rows = await orm
    .select()
    .from(usageEvents)
    .where(and(isNull(usageEvents.cost), condition))
    .orderBy(usageEvents.userId, usageEvents.environment, usageEvents.eventId)
    .limit(atOnce);
  return rows.map((row) => ({
    id: row.id,
    userId: row.userId,
    environment: row.environment,
    eventId: row.eventId,
    keyId: row.keyId,
    provider: row.provider,
    model: row.model,
    occurredAtMs: row.occurredAt.getTime(),
    counts: Object.fromEntries(countedClasses.map((name) => [name, row[name]])) as unknown as Counts,
    tags: row.tags,
    teamIds: row.teamIds,
  }));
}
