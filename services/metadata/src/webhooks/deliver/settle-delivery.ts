import { asData, findUser, queueMail } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { and, eq, sql } from 'drizzle-orm';
import { type DeliveryRow, type WebhookRow, webhookDeliveries, webhookEndpoints } from '../webhook-tables.ts';
import type { Attempt } from './post-delivery.ts';
import { releaseWaiting } from './release-waiting.ts';

const hour = 3_600_000;
/** From its first attempt on; afterwards it has failed, and can be replayed. */
const deliveryTriedMs = 72 * hour;
/** Without one success in between. */
const endpointTriedMs = 120 * hour;
/** So many failures in a row are the endpoint's own: the others wait with them. */
const failuresUntilRest = 5;

/** Writes down what became of an attempt. True: the endpoint is to be left alone for now. */
export async function settleDelivery(
  database: Database,
  endpoint: WebhookRow,
  delivery: DeliveryRow,
  attempt: Attempt,
  nowMs: number,
): Promise<boolean> {
  return database.orm.transaction(async (tx) => {
    const { outcome, status: lastStatus, error: lastError } = attempt;
    const triedMs = nowMs - (delivery.firstAttemptAt?.getTime() ?? nowMs);
    const isOver = outcome !== 'retry' || triedMs >= deliveryTriedMs;
    const result = isOver
      ? {
          state: outcome === 'delivered' ? ('delivered' as const) : ('failed' as const),
          finishedAt: new Date(nowMs),
        }
      : {
          nextAttemptAt: new Date(nowMs + Math.max(backoffMs(delivery.attempts), attempt.retryAfterMs ?? 0)),
        };
    await tx
      .update(webhookDeliveries)
      .set({ ...result, lastStatus, lastError })
      // A replay that was asked for meanwhile, or another node after this one stood still, is not overruled.
      .where(
        and(eq(webhookDeliveries.place, delivery.place), eq(webhookDeliveries.attempts, delivery.attempts)),
      );
    if (outcome === 'delivered') return noteSuccess(tx, endpoint, nowMs);
    return noteFailure(tx, endpoint, attempt, nowMs);
  });
}

async function noteSuccess(tx: Transaction, { id, failures }: WebhookRow, nowMs: number): Promise<false> {
  const recovered = await tx
    .update(webhookEndpoints)
    .set({ failures: 0, failingSince: null, restingUntil: null })
    .where(and(eq(webhookEndpoints.id, id), sql`${webhookEndpoints.failures} > 0`))
    .returning({ id: webhookEndpoints.id });
  // It is back: what was put off for hours need not wait for them. Not for the sake of one delivery that keeps failing
  // while others succeed.
  if (recovered.length > 0 && failures >= failuresUntilRest) await releaseWaiting(tx, id, nowMs);
  return false;
}

async function noteFailure(
  tx: Transaction,
  { id }: WebhookRow,
  attempt: Attempt,
  nowMs: number,
): Promise<boolean> {
  const now = new Date(nowMs).toISOString();
  const [row] = await tx
    .update(webhookEndpoints)
    .set({
      failures: sql`${webhookEndpoints.failures} + 1`,
      failingSince: sql`coalesce(failing_since, ${now}::timestamptz)`,
    })
    .where(eq(webhookEndpoints.id, id))
    .returning();
  if (row === undefined) return true;
  const failingMs = nowMs - (row.failingSince?.getTime() ?? nowMs);
  const isGone = attempt.outcome === 'gone';
  if (isGone || failingMs >= endpointTriedMs) {
    await disable(tx, row, isGone ? 'gone' : 'failing', nowMs);
    return true;
  }
  const restMs = Math.max(restOf(row.failures), attempt.retryAfterMs ?? 0);
  if (restMs === 0) return false;
  await tx
    .update(webhookEndpoints)
    .set({ restingUntil: new Date(nowMs + restMs) })
    .where(eq(webhookEndpoints.id, id));
  return true;
}

/** Disables an endpoint and tells its owner. */
async function disable(tx: Transaction, row: WebhookRow, because: 'failing' | 'gone', nowMs: number) {
  const [disabled] = await tx
    .update(webhookEndpoints)
    .set({ state: 'disabled', disabledBecause: because, restingUntil: null, updatedAt: new Date(nowMs) })
    .where(and(eq(webhookEndpoints.id, row.id), eq(webhookEndpoints.state, 'enabled')))
    .returning({ id: webhookEndpoints.id });
  if (disabled === undefined) return;
  const owner = await findUser(tx, row.userId);
  if (owner === undefined) return;
  // Of the URL the origin alone: paths and queries of webhooks are often secrets.
  const where = asData(new URL(row.url).origin);
  const why =
    because === 'gone' ? 'its receiver says that it is gone (410)' : 'it has taken nothing for five days';
  await queueMail(tx, {
    to: owner.email,
    dedupeKey: `webhook.disabled ${row.id} ${nowMs}`,
    subject: `Your webhook to ${where} has been disabled`,
    text: `The webhook ${row.id} to ${where} has been disabled, because ${why}. What still waits is kept. Enable it again when it works; deliveries that failed can be replayed.`,
  });
}

/** 5 s, 10 s, 20 s … at most an hour, of which the second half is left to chance. */
function backoffMs(attempts: number): number {
  const longest = Math.min(hour, 5_000 * 2 ** Math.min(attempts - 1, 20));
  return (longest * (1 + Math.random())) / 2;
}

/** Nothing for the first few failures, then 5 s, 10 s … at most 15 minutes. */
function restOf(failures: number): number {
  if (failures < failuresUntilRest) return 0;
  return Math.min(900_000, 5_000 * 2 ** Math.min(failures - failuresUntilRest, 20));
}
