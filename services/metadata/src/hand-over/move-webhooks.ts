import type { Transaction } from '@keyward/guard/database';
import { and, eq } from 'drizzle-orm';
import { webhookEndpoints } from '../webhooks/webhook-tables.ts';

const { userId, state } = webhookEndpoints;

/**
 * Makes one person's webhooks another's, with their secrets and what still waits, which hang on the endpoint. They rest until
 * the new owner enables them: whoever answers there would otherwise hear of everything that the new owner has. Returns how many.
 */
export async function moveWebhooks(tx: Transaction, from: string, to: string, now: Date): Promise<number> {
  const resting = {
    state: 'disabled',
    disabledBecause: 'handed_over',
    restingUntil: null,
    updatedAt: now,
  } as const;
  await tx
    .update(webhookEndpoints)
    .set(resting)
    .where(and(eq(userId, from), eq(state, 'enabled')));
  const moved = await tx.update(webhookEndpoints).set({ userId: to }).where(eq(userId, from));
  return moved.rowCount ?? 0;
}

/** Removes the webhooks of a person who is deleted, with their secrets and all that was to be sent. */
export async function removeWebhooks(tx: Transaction, ofUser: string): Promise<void> {
  await tx.delete(webhookEndpoints).where(eq(userId, ofUser));
}
