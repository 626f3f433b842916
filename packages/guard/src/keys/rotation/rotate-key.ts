import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Clock } from '../../clock.ts';
import type { Database, Transaction } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import { uuidv7 } from '../../ids.ts';
import { isProblem, type Problem, refuse } from '../../reply.ts';
import { claimLink, claimToken } from '../claims/claim-token.ts';
import { type OpenedClaim, openClaim } from '../claims/open-claim.ts';
import type { HashNewKeyDeps } from '../hash-new-key.ts';
import { keySettings } from '../key-settings.ts';
import { type KeySummary, showKey } from '../list-keys.ts';
import { keyRotations, plannedRotations, rotationReasons } from '../schema.ts';
import { type LockedKey, lockKey } from './lock-key.ts';
import { type NewSecret, newSecret } from './new-secret.ts';
import { successorValues } from './successor.ts';
import { tellOwner, tellOwnerOfHoldersRotation } from './tell-owner.ts';
import { whyNotRotatable } from './why-not-rotatable.ts';

const day = 24 * 60 * 60 * 1000;

export const rotationSchema = z.strictObject({
  id: z.string().min(1).max(64),
  /** How long the old key goes on, milliseconds. */
  graceMs: z
    .int()
    .min(0)
    .max(30 * day, 'must be at most 30 days')
    .default(day),
  reason: z.enum(rotationReasons).default('user_requested'),
  /** When the successor expires, milliseconds from now. Default: when the old key would have. */
  expiresInMs: keySettings.expiresInMs.optional(),
  /** `secret`: the full key is in the result. `claim`: its owner makes it by a link, and nobody else has it. */
  deliver: z.enum(['secret', 'claim']).default('secret'),
});
export type WantedRotation = z.input<typeof rotationSchema>;
export type RotationRequest = z.output<typeof rotationSchema>;

export interface RotateKeyDeps extends HashNewKeyDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Origin that links begin with. */
  readonly publicUrl: string;
}

export interface KeyReplacement {
  readonly rotationId: string;
  readonly old: KeySummary;
  readonly successor: KeySummary;
  /** The full key of the successor: this is the only time that it exists outside its holder's hands (K2). */
  readonly key?: string;
  /** Where the owner makes the successor's secret, once; the owner has it by mail too. */
  readonly claimLink?: string;
}

/**
 * Replaces a key by a successor in one transaction (K7): the old key goes on through its grace, never past its own
 * expiry, and then stops by itself; with a grace of 0 it stops at once. 404 when there is no such key, 409 for one that
 * has ended, has a successor or awaits its claim, 403 for a control key that the actor may not replace, 422.
 */
export async function rotateKey(
  deps: RotateKeyDeps,
  wanted: WantedRotation,
  actor: Actor,
): Promise<KeyReplacement | Problem> {
  const request = rotationSchema.safeParse(wanted);
  if (!request.success)
    return refuse('invalid_request', {
      detail: request.error.issues.map(({ message }) => message).join(' '),
    });
  const rotated = await deps.database.orm.transaction(async (tx) => {
    const locked = await lockKey(tx, request.data.id);
    if (locked === undefined) return refuse('not_found', { detail: `There is no key ${request.data.id}.` });
    return rotateLocked(tx, deps, locked, request.data, actor);
  });
  if (isProblem(rotated)) return rotated;
  const { claimId } = rotated.successor;
  if (claimId === null) return rotated;
  return { ...rotated, claimLink: claimLink(deps.publicUrl, claimToken(deps.keyring, claimId)) };
}

/** The same for a key that the transaction has locked; without the link. */
export async function rotateLocked(
  tx: Transaction,
  deps: Pick<RotateKeyDeps, 'keyring' | 'keyHash' | 'clock'>,
  locked: LockedKey,
  request: RotationRequest,
  actor: Actor,
): Promise<Omit<KeyReplacement, 'claimLink'> | Problem> {
  const nowMs = deps.clock.now();
  const refusal = await whyNotRotatable(tx, locked, request, actor, nowMs);
  if (refusal !== undefined) return refusal;
  const secret = request.deliver === 'secret' ? await newSecret(deps, locked.key) : undefined;
  if (isProblem(secret)) return secret;
  const ended = await endOld(tx, locked.key, request.graceMs, nowMs);
  const { values, claim } = await makeSuccessor(tx, locked, secret, request, nowMs);
  const rotationId = uuidv7(nowMs);
  await tx.insert(keyRotations).values({
    id: rotationId,
    userId: locked.key.userId,
    reason: request.reason,
    timestamp: new Date(nowMs),
    oldKeyId: locked.key.id,
    newKeyId: values.id,
  });
  await tx.delete(plannedRotations).where(eq(plannedRotations.keyId, locked.key.id));
  const old = await stored(tx, locked.key.id);
  const successor = await stored(tx, values.id);
  if (claim !== undefined) await tellOwner(tx, locked.owner.email, old, claim);
  else if (actor.keyId === old.id)
    await tellOwnerOfHoldersRotation(tx, locked.owner.email, old, successor.id);
  const { isActive, deactivatedAt, graceEndsAt } = locked.key;
  const change = {
    action: 'keys.rotate',
    objectType: 'key',
    objectIds: [old.id, successor.id],
    before: { isActive, deactivatedAt, graceEndsAt },
    after: { ...ended, reason: request.reason, successor },
  };
  await recordChange(tx, actor, change, deps.clock);
  return { rotationId, old, successor, ...(secret && { key: secret.key }) };
}

async function endOld(
  tx: Transaction,
  { id, expiresAt }: typeof apiKeys.$inferSelect,
  graceMs: number,
  nowMs: number,
) {
  const graceEndsAt = new Date(Math.min(nowMs + graceMs, expiresAt?.getTime() ?? Number.POSITIVE_INFINITY));
  const isOver = graceEndsAt.getTime() <= nowMs;
  const ended = { graceEndsAt, ...(isOver && { isActive: false, deactivatedAt: graceEndsAt }) };
  await tx.update(apiKeys).set(ended).where(eq(apiKeys.id, id));
  return ended;
}

/** With its secret, or without one and with a claim by which its owner gets it. */
async function makeSuccessor(
  tx: Transaction,
  { key: old, owner }: LockedKey,
  secret: NewSecret | undefined,
  { expiresInMs }: RotationRequest,
  nowMs: number,
) {
  const made = {
    id: uuidv7(nowMs),
    nowMs,
    ...(expiresInMs !== undefined && { expiresAt: new Date(nowMs + expiresInMs) }),
  };
  const claim = secret === undefined ? await openClaim(tx, { userId: owner.id }, nowMs) : undefined;
  const values = successorValues(old, {
    ...made,
    secret: secret?.stored ?? { claimId: (claim as OpenedClaim).id },
  });
  await tx.insert(apiKeys).values(values);
  return { values, claim };
}

async function stored(tx: Transaction, id: string): Promise<KeySummary> {
  const key = await showKey(tx, id);
  if (key === undefined) throw new Error('the key was not stored');
  return key;
}
