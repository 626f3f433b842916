import type { Orm } from '@keyward/guard/database';
import { and, desc, eq, lt } from 'drizzle-orm';
import { type DeliveryRow, webhookDeliveries } from '../webhook-tables.ts';

export interface DeliveryPage {
  readonly limit: number;
  readonly state: DeliveryRow['state'] | undefined;
  /** The place that the last page ended with. */
  readonly behind: number | undefined;
}

/** Deliveries of an endpoint, newest first. */
export function listDeliveries(orm: Orm, endpointId: string, { limit, state, behind }: DeliveryPage) {
  return orm
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.endpointId, endpointId),
        state === undefined ? undefined : eq(webhookDeliveries.state, state),
        behind === undefined ? undefined : lt(webhookDeliveries.place, behind),
      ),
    )
    .orderBy(desc(webhookDeliveries.place))
    .limit(limit);
}

export function presentDelivery(row: DeliveryRow) {
  const isTried = row.state === 'waiting' && row.attempts > 0;
  return {
    id: row.id,
    type: row.type,
    object_id: row.objectId,
    state: row.state,
    attempts: row.attempts,
    replays: row.replays,
    last_status: row.lastStatus,
    last_error: row.lastError,
    created_at: row.createdAt.toISOString(),
    next_attempt_at: isTried ? row.nextAttemptAt.toISOString() : null,
    finished_at: row.finishedAt?.toISOString() ?? null,
    payload: JSON.parse(row.body) as unknown,
  };
}
