import type { KeySummary } from './list-keys.ts';

/**
 * The states of a key (K11). `rotating`: it lives through its grace. `awaiting_claim`: its secret is not made yet.
 * `spent`: it was used as often as it may be. All but the first two are refused.
 */
export const keyStatuses = [
  'active',
  'rotating',
  'awaiting_claim',
  'rotated',
  'expired',
  'revoked',
  'inactive',
  'spent',
] as const;
export type KeyStatus = (typeof keyStatuses)[number];

const dayMs = 24 * 60 * 60 * 1000;

/** What a key is at a moment (Unix milliseconds), in the order in which a request is refused. */
export function keyStatus(key: KeySummary, nowMs: number): KeyStatus {
  if (key.revokedAt !== null) return 'revoked';
  if (wasRotated(key, nowMs)) return 'rotated';
  if (!key.isActive) return 'inactive';
  if (key.claimId !== null && key.claimedAt === null) return 'awaiting_claim';
  if (key.expiresAt !== null && nowMs >= key.expiresAt.getTime()) return 'expired';
  if (key.usesId !== null && (key.usesMax === null || key.used === null || key.used >= key.usesMax))
    return 'spent';
  return key.graceEndsAt === null ? 'active' : 'rotating';
}

/** When a key should be rotated (K9); null: never. */
export function rotationDueAt(key: Pick<KeySummary, 'createdAt' | 'rotateEveryDays'>): Date | null {
  return key.rotateEveryDays === 0 ? null : new Date(key.createdAt.getTime() + key.rotateEveryDays * dayMs);
}

function wasRotated(key: KeySummary, nowMs: number): boolean {
  if (key.graceEndsAt !== null && nowMs >= key.graceEndsAt.getTime()) return true;
  return !key.isActive && (key.successorId !== null || key.emergencyId !== null);
}
