import type { Clock, KeyReplacement, PlannedRotation, Rotation } from '@keyward/guard';
import { presentKey } from '../keys/present-key.ts';

/** A rotation as JSON: the successor, with what of it is shown once. */
export function presentRotated(
  { old, successor, rotationId, key, claimLink }: KeyReplacement,
  clock?: Clock,
) {
  return {
    ...presentKey(successor, clock),
    ...(key !== undefined && { key }),
    ...(claimLink !== undefined && { claim_link: claimLink }),
    rotation_id: rotationId,
    old_key: presentKey(old, clock),
  };
}

export function presentPlan({ keyId, rotateAt, graceMs, reason }: PlannedRotation) {
  return { key_id: keyId, rotate_at: rotateAt.toISOString(), grace_seconds: graceMs / 1000, reason };
}

export function presentRotation({ id, userId, reason, timestamp, oldKeyId, newKeyId }: Rotation) {
  return {
    id,
    user_id: userId,
    reason,
    timestamp: timestamp.toISOString(),
    old_key_id: oldKeyId,
    new_key_id: newKeyId,
  };
}
