import { eq } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import { apiKeys, users } from '../../database/schema.ts';

type Key = typeof apiKeys.$inferSelect;

export interface LockedKey {
  readonly key: Key;
  readonly owner: typeof users.$inferSelect;
}

/**
 * A key that nobody else changes until the transaction ends, and its owner, who can be neither banned nor deleted
 * meanwhile. The owner is locked first, as where a ban ends the keys of a person: so none waits for the other.
 */
export async function lockKey(tx: Transaction, id: string): Promise<LockedKey | undefined> {
  const [found] = await tx
    .select({ owner: users })
    .from(users)
    .innerJoin(apiKeys, eq(apiKeys.userId, users.id))
    .where(eq(apiKeys.id, id))
    .for('share', { of: users });
  if (found === undefined) return undefined;
  const [key] = await tx.select().from(apiKeys).where(eq(apiKeys.id, id)).for('update');
  if (key === undefined) return undefined;
  // Handed over to somebody else between the two.
  return key.userId === found.owner.id ? { key, owner: found.owner } : lockKey(tx, id);
}

/** Why a key does not live, as the end of a sentence about it; undefined for a living one. */
export function whyEnded({ key, owner }: LockedKey, nowMs: number): string | undefined {
  const isOver = (time: Date | null): boolean => time !== null && time.getTime() <= nowMs;
  if (key.revokedAt !== null) return 'is revoked';
  if (isOver(key.graceEndsAt)) return 'was rotated and its grace has ended';
  if (!key.isActive) return 'is inactive';
  if (isOver(key.expiresAt)) return 'has expired';
  if (owner.deletedAt !== null) return 'belongs to a person who was deleted';
  if (owner.banned && !isOver(owner.banExpires)) return 'belongs to a person who is banned';
  return undefined;
}

/** Whether the key is a successor whose secret has not been made yet (K8). */
export function isAwaitingClaim({ claimId, claimedAt, keyHash }: Key): boolean {
  return claimId !== null && claimedAt === null && keyHash === null;
}
