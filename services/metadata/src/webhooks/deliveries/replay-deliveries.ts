import { type Problem, refuse } from '@keyward/guard';
import type { Orm } from '@keyward/guard/database';
import { and, eq, gte, ne, type SQL, sql } from 'drizzle-orm';
import { webhookDeliveries } from '../webhook-tables.ts';

/** Sends one delivery again, whatever became of it. 409 for one that has still to be delivered. */
export async function replayDelivery(orm: Orm, endpointId: string, id: string): Promise<Problem | undefined> {
  if ((await replay(orm, endpointId, eq(webhookDeliveries.id, id))) > 0) return undefined;
  const { endpointId: of } = webhookDeliveries;
  const isThis = and(eq(of, endpointId), eq(webhookDeliveries.id, id));
  const waiting = await orm.select({ id: webhookDeliveries.id }).from(webhookDeliveries).where(isThis);
  return waiting.length === 0 ? refuse('not_found') : stillWaits;
}

const stillWaits = refuse('conflict', {
  detail: 'The delivery still waits: it is sent by itself, and tried again at `next_attempt_at`.',
});

/** Sends everything again that was made since a moment; of one object in its order. Returns how many. */
export function replaySince(
  orm: Orm,
  endpointId: string,
  since: Date,
  isFailedOnly: boolean,
): Promise<number> {
  const made = gte(webhookDeliveries.createdAt, since);
  return replay(orm, endpointId, isFailedOnly ? and(made, eq(webhookDeliveries.state, 'failed')) : made);
}

async function replay(orm: Orm, endpointId: string, which: SQL | undefined): Promise<number> {
  const { state, replays } = webhookDeliveries;
  const replayed = await orm
    .update(webhookDeliveries)
    .set({
      state: 'waiting',
      replays: sql`${replays} + 1`,
      attempts: 0,
      firstAttemptAt: null,
      nextAttemptAt: sql`'epoch'`,
      finishedAt: null,
    })
    .where(and(eq(webhookDeliveries.endpointId, endpointId), ne(state, 'waiting'), which));
  return replayed.rowCount ?? 0;
}
