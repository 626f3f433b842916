import type { Orm, Transaction } from '@keyward/guard/database';
import { and, eq, gt, sql } from 'drizzle-orm';
import { webhookDeliveries } from '../webhook-tables.ts';

/** Longer than an attempt takes: what a dead node had begun is tried again after it. */
export const claimMs = 60_000;

/** Makes everything due that waits for its next try; not what is being tried at this moment. */
export async function releaseWaiting(
  tx: Transaction | Orm,
  endpointId: string,
  nowMs: number,
): Promise<void> {
  const { state, nextAttemptAt } = webhookDeliveries;
  await tx
    .update(webhookDeliveries)
    .set({ nextAttemptAt: sql`'epoch'` })
    .where(
      and(
        eq(webhookDeliveries.endpointId, endpointId),
        eq(state, 'waiting'),
        gt(nextAttemptAt, new Date(nowMs + claimMs)),
      ),
    );
}
