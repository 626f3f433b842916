import type { Orm } from '@keyward/guard/database';
import { testEvent } from '../webhook-events.ts';
import { type DeliveryRow, type WebhookRow, webhookDeliveries } from '../webhook-tables.ts';

/** Queues an event that says nothing but that it is one. */
export async function sendTest(
  orm: Orm,
  { id }: WebhookRow,
  nowMs: number,
): Promise<DeliveryRow | undefined> {
  const timestamp = new Date(nowMs).toISOString();
  const body = JSON.stringify({ type: testEvent, timestamp, data: { id } });
  const [row] = await orm
    .insert(webhookDeliveries)
    .values({ endpointId: id, type: testEvent, objectId: id, body })
    .returning();
  return row;
}
