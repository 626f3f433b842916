import { type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { transact } from '@keyward/guard/database';
import { and, eq } from 'drizzle-orm';
import { releaseWaiting } from '../deliver/release-waiting.ts';
import { endpointUrlRefusal } from '../endpoint-url.ts';
import type { WebhookDeps } from '../webhook-deps.ts';
import { type WebhookRow, webhookEndpoints } from '../webhook-tables.ts';
import type { NewWebhook } from './create-webhook.ts';
import { webhooksOf } from './find-webhook.ts';

export type WebhookChanges = {
  readonly [Field in keyof NewWebhook | 'state']?: WebhookRow[Field] | undefined;
};

/**
 * Changes an endpoint. One that is enabled again goes on with what still waits; of what happens while it is disabled it
 * hears nothing.
 */
export async function updateWebhook(
  deps: WebhookDeps,
  caller: KeyCaller,
  id: string,
  { state, ...changes }: WebhookChanges,
): Promise<WebhookRow | Problem> {
  const { url } = changes;
  const refusal = url === undefined ? undefined : endpointUrlRefusal(url, deps.privateAddressesAllowed);
  if (refusal !== undefined) return refusal;
  return transact<WebhookRow>(deps.database.orm, async (tx) => {
    const [row] = await tx
      .update(webhookEndpoints)
      .set({ ...changes, ...stateColumns(state), updatedAt: new Date(deps.clock.now()) })
      .where(and(webhooksOf(caller), eq(webhookEndpoints.id, id)))
      .returning();
    if (row === undefined) return refuse('not_found');
    if (state === 'enabled' || url !== undefined) await releaseWaiting(tx, id, deps.clock.now());
    return row;
  });
}

function stateColumns(state: WebhookChanges['state']) {
  if (state === undefined) return {};
  if (state === 'disabled') return { state, disabledBecause: 'asked' } as const;
  return { state, disabledBecause: null, failures: 0, failingSince: null, restingUntil: null };
}

/** Deletes an endpoint with its secrets and all its deliveries. False: there was none. */
export async function deleteWebhook(deps: WebhookDeps, caller: KeyCaller, id: string): Promise<boolean> {
  const deleted = await deps.database.orm
    .delete(webhookEndpoints)
    .where(and(webhooksOf(caller), eq(webhookEndpoints.id, id)))
    .returning({ id: webhookEndpoints.id });
  return deleted.length === 1;
}
