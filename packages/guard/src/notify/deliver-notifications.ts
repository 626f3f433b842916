import { and, asc, eq, inArray, lt, lte, sql } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import type { Job, JobContext } from '../jobs/job.ts';
import { maskSecretsIn } from '../masks.ts';
import { type Attempt, type DeliveryOptions, openDelivery } from './delivery.ts';
import { notifications } from './schema.ts';

const day = 86_400_000;
/** Deliveries of one kind at a time, so that a few slow receivers do not hold up the others. */
const atOnce = 8;
/** Longer than any attempt takes: what a dead node had claimed is tried again after it. */
const claimMs = 300_000;
const rememberedMs = 30 * day;

type Claimed = typeof notifications.$inferSelect;

/**
 * Delivers what is due in the outbox: at least once, and with the same id each time. Whoever queued something that
 * must arrive soon enqueues this job after the commit, with the key `soon`.
 */
export function deliverNotifications(
  database: Database,
  options: DeliveryOptions,
): Job<'deliver-notifications'> {
  return {
    name: 'deliver-notifications',
    schedule: '@every 15s',
    async run(_input, context) {
      const delivery = openDelivery(options, context);
      const deliver = async (row: Claimed) =>
        settle(database, options, row, await delivery.attempt(row), context);
      // E-mail waits untried until there is a mail server (O6).
      const kinds = options.smtp === undefined ? (['webhook'] as const) : (['webhook', 'email'] as const);
      await Promise.all(kinds.map((kind) => drain(() => claimOne(database, kind, context), deliver)));
      await forgetDelivered(database, context.clock.now());
    },
  };
}

/** Delivers until nothing is due; looks once when there is nothing at all. */
async function drain(claim: () => Promise<Claimed | undefined>, deliver: (row: Claimed) => Promise<void>) {
  const first = await claim();
  if (first === undefined) return;
  const work = async (_: unknown, n: number) => {
    for (let row = n === 0 ? first : await claim(); row !== undefined; row = await claim())
      await deliver(row);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Takes the one that is longest due, so that no other node does, and puts it off in case this one dies. */
async function claimOne({ orm }: Database, kind: Claimed['kind'], { clock, signal }: JobContext) {
  if (signal.aborted) return undefined;
  const now = new Date(clock.now());
  const { state, nextAttemptAt, attempts, firstAttemptAt } = notifications;
  const due = orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(eq(state, 'waiting'), lte(nextAttemptAt, now), eq(notifications.kind, kind)))
    .orderBy(asc(nextAttemptAt))
    .limit(1)
    .for('update', { skipLocked: true });
  const [claimed] = await orm
    .update(notifications)
    .set({
      attempts: sql`${attempts} + 1`,
      firstAttemptAt: sql`coalesce(${firstAttemptAt}, ${now.toISOString()}::timestamptz)`,
      nextAttemptAt: new Date(now.getTime() + claimMs),
    })
    .where(inArray(notifications.id, due))
    .returning();
  return claimed;
}

/** Writes down what became of an attempt. What is given up stays, with its content, and is counted and logged. */
async function settle(
  { orm }: Database,
  options: DeliveryOptions,
  { id, kind, attempts, firstAttemptAt }: Claimed,
  attempt: Attempt,
  { clock, log }: JobContext,
): Promise<void> {
  const nowMs = clock.now();
  // Another node may have taken it over from one that stood still: what that one has delivered stays delivered.
  const isHeld = and(eq(notifications.id, id), eq(notifications.attempts, attempts));
  const row = orm.update(notifications);
  if (attempt.kind === 'delivered') {
    const delivered = {
      state: 'delivered',
      content: null,
      lastError: null,
      finishedAt: new Date(nowMs),
    } as const;
    await row.set(delivered).where(eq(notifications.id, id));
    return;
  }
  const lastError = maskSecretsIn(attempt.error).slice(0, 300);
  const about = { notification: id, kind, attempts, error: lastError };
  const triedMs = nowMs - (firstAttemptAt?.getTime() ?? nowMs);
  if (attempt.kind === 'refused' || triedMs >= (options.giveUpMs ?? 3 * day)) {
    await row.set({ state: 'failed', lastError, finishedAt: new Date(nowMs) }).where(isHeld);
    log.error(about, 'a notification was given up');
    return;
  }
  await row.set({ lastError, nextAttemptAt: new Date(nowMs + backoffMs(attempts)) }).where(isHeld);
  log.warn(about, 'a notification could not be delivered and is tried again');
}

/** 10 s, 20 s, 40 s … at most 6 h, of which the second half is left to chance, so that a herd disperses. */
function backoffMs(attempts: number): number {
  const longest = Math.min(6 * 3_600_000, 10_000 * 2 ** Math.min(attempts - 1, 20));
  return (longest * (1 + Math.random())) / 2;
}

async function forgetDelivered({ orm }: Database, nowMs: number): Promise<void> {
  const before = new Date(nowMs - rememberedMs);
  await orm
    .delete(notifications)
    .where(and(eq(notifications.state, 'delivered'), lt(notifications.finishedAt, before)));
}
