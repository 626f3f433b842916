import type { KeyCaller } from '@keyward/guard';
import type { Orm, Transaction } from '@keyward/guard/database';
import { and, desc, eq, lt } from 'drizzle-orm';
import { type WebhookRow, webhookEndpoints } from '../webhook-tables.ts';

type Owner = Pick<KeyCaller, 'userId' | 'environment'>;

/** An endpoint of this owner and environment; undefined for everybody else's (R3, K5). */
export async function findWebhook(
  orm: Orm | Transaction,
  owner: Owner,
  id: string,
): Promise<WebhookRow | undefined> {
  const [row] = await orm
    .select()
    .from(webhookEndpoints)
    .where(and(webhooksOf(owner), eq(webhookEndpoints.id, id)));
  return row;
}

/** Endpoints of this owner and environment, newest first, from behind the id `behindId`. */
export function listWebhooks(
  orm: Orm,
  owner: Owner,
  { limit, behindId }: { limit: number; behindId: string | undefined },
): Promise<WebhookRow[]> {
  const behind = behindId === undefined ? undefined : lt(webhookEndpoints.id, behindId);
  return orm
    .select()
    .from(webhookEndpoints)
    .where(and(webhooksOf(owner), behind))
    .orderBy(desc(webhookEndpoints.id))
    .limit(limit);
}

export function webhooksOf({ userId, environment }: Owner) {
  return and(eq(webhookEndpoints.userId, userId), eq(webhookEndpoints.environment, environment));
}
