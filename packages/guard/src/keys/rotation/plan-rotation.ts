import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import { apiKeys } from '../../database/schema.ts';
import { type Problem, refuse } from '../../reply.ts';
import { plannedRotations } from '../schema.ts';
import { lockKey } from './lock-key.ts';
import { type RotateKeyDeps, rotationSchema } from './rotate-key.ts';
import { whyNotRotatable } from './why-not-rotatable.ts';

const aheadMaxMs = 3650 * 24 * 60 * 60 * 1000;

export const plannedRotationSchema = rotationSchema
  .pick({ id: true, graceMs: true, reason: true })
  .extend({ at: z.date() });
export type WantedPlan = z.input<typeof plannedRotationSchema>;
export type PlannedRotation = typeof plannedRotations.$inferSelect;

/**
 * Plans a rotation for a time (K7), in place of the one that was planned before. Nobody is there to see a secret then:
 * the owner gets a link by mail. Refused like `rotateKey`; 422 for a time that is past, or at which the key has expired.
 */
export async function planRotation(
  { database, clock }: Pick<RotateKeyDeps, 'database' | 'clock'>,
  wanted: WantedPlan,
  actor: Actor,
): Promise<PlannedRotation | Problem> {
  const request = plannedRotationSchema.safeParse(wanted);
  if (!request.success)
    return refuse('invalid_request', {
      detail: request.error.issues.map(({ message }) => message).join(' '),
    });
  const { id, at, graceMs, reason } = request.data;
  return database.orm.transaction(async (tx) => {
    const nowMs = clock.now();
    const locked = await lockKey(tx, id);
    if (locked === undefined) return refuse('not_found', { detail: `There is no key ${id}.` });
    const refusal = await whyNotRotatable(tx, locked, {}, actor, nowMs);
    if (refusal !== undefined) return refusal;
    const wrong = wrongTime(at, locked.key.expiresAt, nowMs);
    if (wrong !== undefined)
      return refuse('invalid_request', { detail: wrong, errors: [{ pointer: '/at', message: wrong }] });
    const plan = {
      rotateAt: at,
      graceMs,
      reason,
      plannedBy: actor.userId ?? null,
      createdAt: new Date(nowMs),
    };
    const isOfKey = eq(plannedRotations.keyId, id);
    const [before] = await tx.select().from(plannedRotations).where(isOfKey);
    const [after] = await tx
      .insert(plannedRotations)
      .values({ keyId: id, ...plan })
      .onConflictDoUpdate({ target: plannedRotations.keyId, set: plan })
      .returning();
    if (after === undefined) throw new Error('the plan was not stored');
    const change = {
      action: 'keys.plan_rotation',
      objectType: 'key',
      objectIds: [id],
      before: before ?? null,
      after,
    };
    await recordChange(tx, actor, change, clock);
    return after;
  });
}

/** Calls a planned rotation off. 404 when none is planned. */
export async function cancelPlannedRotation(
  { database, clock }: Pick<RotateKeyDeps, 'database' | 'clock'>,
  id: string,
  actor: Actor,
): Promise<PlannedRotation | Problem> {
  return database.orm.transaction(async (tx) => {
    // The key before its plan, as a rotation locks them.
    await tx.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.id, id)).for('update');
    const [before] = await tx.delete(plannedRotations).where(eq(plannedRotations.keyId, id)).returning();
    if (before === undefined)
      return refuse('not_found', { detail: `No rotation of a key ${id} is planned.` });
    const change = {
      action: 'keys.cancel_rotation',
      objectType: 'key',
      objectIds: [id],
      before,
      after: null,
    };
    await recordChange(tx, actor, change, clock);
    return before;
  });
}

function wrongTime(at: Date, expiresAt: Date | null, nowMs: number): string | undefined {
  const aheadMs = at.getTime() - nowMs;
  if (aheadMs <= 0) return 'The time must lie in the future.';
  if (aheadMs > aheadMaxMs) return 'The time must lie within ten years.';
  if (expiresAt !== null && at >= expiresAt)
    return `The key expires before that, at ${expiresAt.toISOString()}.`;
  return undefined;
}
