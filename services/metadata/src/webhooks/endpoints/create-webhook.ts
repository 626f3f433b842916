import { type KeyCaller, type Problem, refuse, uuidv7 } from '@keyward/guard';
import { transact } from '@keyward/guard/database';
import { count, sql } from 'drizzle-orm';
import { endpointUrlRefusal } from '../endpoint-url.ts';
import type { WebhookDeps } from '../webhook-deps.ts';
import { giveSecret } from '../webhook-secrets.ts';
import { type WebhookRow, webhookEndpoints } from '../webhook-tables.ts';
import { webhooksOf } from './find-webhook.ts';

const endpointsMax = 20;

export type NewWebhook = Pick<WebhookRow, 'url' | 'description' | 'events'>;

/** Makes an endpoint and its secret, which is shown this one time. Refuses a URL that may not be called, and the 21st. */
export async function createWebhook(
  deps: WebhookDeps,
  { userId, environment }: KeyCaller,
  wish: NewWebhook,
): Promise<{ row: WebhookRow; secret: string } | Problem> {
  const refusal = endpointUrlRefusal(wish.url, deps.privateAddressesAllowed);
  if (refusal !== undefined) return refusal;
  const now = new Date(deps.clock.now());
  return transact<{ row: WebhookRow; secret: string }>(deps.database.orm, async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('webhooks'), hashtext(${userId}))`);
    const [there] = await tx
      .select({ count: count() })
      .from(webhookEndpoints)
      .where(webhooksOf({ userId, environment }));
    if ((there?.count ?? 0) >= endpointsMax)
      return refuse('conflict', {
        detail: `There may be ${endpointsMax} webhooks at most: delete one that is not needed.`,
      });
    const [row] = await tx
      .insert(webhookEndpoints)
      .values({
        ...wish,
        ...{ id: uuidv7(now.getTime()), userId, environment },
        ...{ createdAt: now, updatedAt: now },
      })
      .returning();
    if (row === undefined) return refuse('conflict');
    return { row, secret: await giveSecret(deps, tx, row.id, 0) };
  });
}
