import { eq } from 'drizzle-orm';
import type { Actor } from '../../audit/record-change.ts';
import type { Transaction } from '../../database/database.ts';
import { type Problem, refuse } from '../../reply.ts';
import { controlKeyRefusal } from '../control-keys.ts';
import { keyRotations } from '../schema.ts';
import { isAwaitingClaim, type LockedKey, whyEnded } from './lock-key.ts';

/** Why a key cannot be rotated, or may not be by this actor; undefined when it can. */
export async function whyNotRotatable(
  tx: Transaction,
  locked: LockedKey,
  { expiresInMs }: { readonly expiresInMs?: number | undefined },
  actor: Actor,
  nowMs: number,
): Promise<Problem | undefined> {
  const { key, owner } = locked;
  // A holder may replace its own key as it is, a control key too; only others may let it live longer.
  const isHolder = actor.keyId === key.id && expiresInMs === undefined;
  const forbidden = isHolder ? undefined : controlKeyRefusal(key.service, owner, actor);
  if (forbidden !== undefined) return forbidden;
  const [rotation] = await tx
    .select({ newKeyId: keyRotations.newKeyId })
    .from(keyRotations)
    .where(eq(keyRotations.oldKeyId, key.id));
  if (rotation !== undefined)
    return refuse('conflict', {
      detail: `This key was rotated already: its successor is ${rotation.newKeyId}.`,
    });
  const ended = whyEnded(locked, nowMs);
  if (ended !== undefined) return refuse('conflict', { detail: `This key ${ended}.` });
  if (isAwaitingClaim(key))
    return refuse('conflict', { detail: 'This key awaits its claim: it has no secret to replace yet.' });
  if (key.graceEndsAt !== null || key.emergencyId !== null)
    return refuse('conflict', { detail: 'This key is being replaced already.' });
  return undefined;
}
