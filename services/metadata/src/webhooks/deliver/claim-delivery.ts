import type { Database } from '@keyward/guard/database';
import { eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { isActiveOwner } from '../active-owner.ts';
import { type DeliveryRow, type WebhookRow, webhookDeliveries, webhookEndpoints } from '../webhook-tables.ts';
import { claimMs } from './release-waiting.ts';

const endpointsMax = 500;

/** Endpoints that something can be sent to now. */
export async function dueEndpoints({ orm }: Database, nowMs: number): Promise<WebhookRow[]> {
  const now = new Date(nowMs).toISOString();
  return orm
    .select()
    .from(webhookEndpoints)
    .where(
      sql`${isServed(nowMs)} AND coalesce(resting_until, 'epoch') <= ${now}::timestamptz
        AND EXISTS (SELECT FROM webhook_deliveries due WHERE ${isSendable(webhookEndpoints.id, now)})`,
    )
    .limit(endpointsMax);
}

/** One that is enabled and whose owner may still get anything: asked before each attempt. */
function isServed(nowMs: number): SQL {
  return sql`${webhookEndpoints.state} = 'enabled' AND ${isActiveOwner(webhookEndpoints.userId, nowMs)}`;
}

/** What is due and has nothing before it: of one object only the oldest that waits, so that its changes keep their order. */
function isSendable(endpointId: SQLWrapper | string, now: string): SQL {
  return sql`due.endpoint_id = ${endpointId} AND due.state = 'waiting' AND due.next_attempt_at <= ${now}::timestamptz
    AND NOT EXISTS (
      SELECT FROM webhook_deliveries earlier
      WHERE earlier.endpoint_id = due.endpoint_id AND earlier.object_id = due.object_id
        AND earlier.state = 'waiting' AND earlier.place < due.place)`;
}

/** Takes the delivery that is longest due, so that nobody else does, and puts it off in case this node dies. */
export async function claimDelivery(
  { orm }: Database,
  endpointId: string,
  nowMs: number,
): Promise<DeliveryRow | undefined> {
  const now = new Date(nowMs).toISOString();
  const [claimed] = await orm
    .update(webhookDeliveries)
    .set({
      attempts: sql`${webhookDeliveries.attempts} + 1`,
      firstAttemptAt: sql`coalesce(first_attempt_at, ${now}::timestamptz)`,
      nextAttemptAt: new Date(nowMs + claimMs),
    })
    .where(
      eq(
        webhookDeliveries.place,
        sql`(
          SELECT due.place FROM webhook_deliveries due
          WHERE ${isSendable(endpointId, now)}
            AND EXISTS (SELECT FROM webhook_endpoints WHERE ${webhookEndpoints.id} = ${endpointId} AND ${isServed(nowMs)})
          ORDER BY due.next_attempt_at, due.place LIMIT 1 FOR UPDATE SKIP LOCKED)`,
      ),
    )
    .returning();
  return claimed;
}
