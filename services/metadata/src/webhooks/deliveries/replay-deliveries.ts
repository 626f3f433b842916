import type { Orm } from '@keyward/guard/database';
import { and, eq, gte, ne, type SQL, sql } from 'drizzle-orm';
import { webhookDeliveries } from '../webhook-tables.ts';

/** Sends one delivery again, whatever became of it. False: there is none of that id, or it has still to be delivered. */
export async function replayDelivery(orm: Orm, endpointId: string, id: string): Promise<boolean> {
  return (await replay(orm, endpointId, eq(webhookDeliveries.id, id))) > 0;
}

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
