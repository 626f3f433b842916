import { type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { transact } from '@keyward/guard/database';
import { eq } from 'drizzle-orm';
import type { WebhookDeps } from '../webhook-deps.ts';
import { giveSecret } from '../webhook-secrets.ts';
import { webhookEndpoints } from '../webhook-tables.ts';
import { findWebhook } from './find-webhook.ts';

export interface NewSecret {
  readonly secret: string;
  /** Until then the one before it signs too. */
  readonly previousValidUntil: Date;
}

/** Gives an endpoint a new secret, shown this one time. Both sign for `overlapHours`. */
export async function rotateSecret(
  deps: WebhookDeps,
  caller: KeyCaller,
  id: string,
  overlapHours: number,
): Promise<NewSecret | Problem> {
  const overlapMs = overlapHours * 3_600_000;
  return transact<NewSecret>(deps.database.orm, async (tx) => {
    const row = await findWebhook(tx, caller, id);
    if (row === undefined) return refuse('not_found');
    await tx
      .select({ id: webhookEndpoints.id })
      .from(webhookEndpoints)
      .where(eq(webhookEndpoints.id, id))
      .for('update');
    const secret = await giveSecret(deps, tx, id, overlapMs);
    return { secret, previousValidUntil: new Date(deps.clock.now() + overlapMs) };
  });
}
