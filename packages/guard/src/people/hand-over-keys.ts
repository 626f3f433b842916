import { and, eq, gt, isNotNull, isNull, or, type SQL } from 'drizzle-orm';
import { roleSuffices } from '../access/roles.ts';
import type { Transaction } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';
import type { User } from './user.ts';

/** Ids of the keys that have a new owner, and of those that were revoked instead. */
export interface KeysHandedOver {
  readonly keys: readonly string[];
  readonly revokedKeys: readonly string[];
}

/**
 * Gives a person's keys to another; they go on working. Not those that would gain or keep a power which nobody gave them:
 * a control key for a new owner below admin or above the old one (its holder would have a higher role), and a key whose
 * secret can still be claimed with a link that the old owner has. Dead keys stay where they are, as history.
 */
export async function handOverKeys(tx: Transaction, from: User, to: User, at: Date): Promise<KeysHandedOver> {
  const mayHoldControl = roleSuffices(to.role, 'admin') && roleSuffices(from.role, to.role);
  const awaitsClaim = and(isNotNull(apiKeys.claimId), isNull(apiKeys.claimedAt));
  const stays = or(awaitsClaim, mayHoldControl ? undefined : eq(apiKeys.service, 'control'));
  const revoked = await tx
    .update(apiKeys)
    .set({ revokedAt: at })
    .where(and(notEnded(from.id, at), stays))
    .returning({ id: apiKeys.id });
  const moved = await tx
    .update(apiKeys)
    .set({ userId: to.id })
    .where(notEnded(from.id, at))
    .returning({ id: apiKeys.id });
  return { keys: moved.map(({ id }) => id), revokedKeys: revoked.map(({ id }) => id) };
}

/** A person's keys that work, or could again: not revoked, not rotated away, not expired. */
export function notEnded(userId: string, at: Date): SQL | undefined {
  return and(
    eq(apiKeys.userId, userId),
    isNull(apiKeys.revokedAt),
    isNull(apiKeys.deactivatedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, at)),
    or(isNull(apiKeys.graceEndsAt), gt(apiKeys.graceEndsAt, at)),
  );
}
