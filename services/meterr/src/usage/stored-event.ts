import type { usageEvents } from '../database/schema.ts';
import { type Decimals, formatMoney, type Money, money } from '../money.ts';
import { type Counts, countedClasses } from '../token-classes.ts';
import type { PreparedEvent } from './prepare-event.ts';

/** An event that is in the database. */
export interface StoredEvent extends PreparedEvent {
  readonly createdAtMs: number;
}

/** What was just inserted. */
export function fromPrepared(event: PreparedEvent, createdAtMs: number): StoredEvent {
  return { ...event, createdAtMs };
}

/** What was read back. */
export function fromRow(row: typeof usageEvents.$inferSelect): StoredEvent {
  return {
    id: row.id,
    eventId: row.eventId,
    contentHash: row.contentHash,
    provider: row.provider,
    model: row.model,
    occurredAtMs: row.occurredAt.getTime(),
    counts: Object.fromEntries(countedClasses.map((name) => [name, row[name]])) as unknown as Counts,
    totalTokens: row.totalTokens,
    totalMismatch: row.totalMismatch,
    cost: row.cost === null ? null : money(row.cost),
    priceId: row.priceId,
    priced: row.priced,
    reportedCost: row.reportedCost === null ? null : money(row.reportedCost),
    tags: row.tags,
    metadata: row.metadata,
    createdAtMs: row.createdAt.getTime(),
  };
}

/** The event as answers show it. */
export function eventAnswer(event: StoredEvent, decimals: Decimals): Record<string, unknown> {
  const shown = (value: Money | null) => value && formatMoney(value, decimals);
  return {
    id: event.id,
    event_id: event.eventId,
    provider: event.provider,
    model: event.model,
    timestamp: new Date(event.occurredAtMs).toISOString(),
    ...event.counts,
    total_tokens: event.totalTokens,
    total_mismatch: event.totalMismatch,
    cost: shown(event.cost),
    price_id: event.priceId,
    priced: event.priced,
    reported_cost: shown(event.reportedCost),
    tags: event.tags ?? {},
    metadata: event.metadata ?? {},
    created_at: new Date(event.createdAtMs).toISOString(),
  };
}
